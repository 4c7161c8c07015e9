// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// The processes of pids that very many processes have had, ordered by start time. Where the kernel counts to
// millions a pid has had a few at most; where it counts to hundreds, or where a caller says which pid is
// whose, a walk along all of them would take as long as they are many.
#pragma once

#include <cstddef>
#include <cstdint>
#include <set>
#include <tuple>

#include "proctree/facts.hpp"
#include "tree/node.hpp"

namespace proctree {

class PidHistory {
 public:
  // A pid with fewer processes isn't here; of others, all processes are.
  static constexpr std::uint8_t kIndexedFrom = 64;
  static constexpr std::size_t kEntryBytes = 64;

  [[nodiscard]] bool has(std::uint32_t pid) const {
    if (entries_.empty()) return false;
    const auto first = entries_.lower_bound({pid, 0, 0});
    return first != entries_.end() && first->pid == pid;
  }
  void add(const ProcKey& key, Slot slot) { entries_.insert({key.pid, key.start_ns, slot}); }
  void erase(const ProcKey& key, Slot slot) { entries_.erase({key.pid, key.start_ns, slot}); }
  // The newest that began at key.start_ns or before; kNoSlot: none.
  [[nodiscard]] Slot at_or_before(const ProcKey& key) const {
    const auto after = entries_.upper_bound({key.pid, key.start_ns, kNoSlot});
    if (after == entries_.begin()) return kNoSlot;
    const Entry& entry = *std::prev(after);
    return entry.pid == key.pid ? entry.slot : kNoSlot;
  }
  // The oldest that began after key.start_ns; kNoSlot: none.
  [[nodiscard]] Slot after(const ProcKey& key) const {
    const auto next = entries_.upper_bound({key.pid, key.start_ns, kNoSlot});
    return next == entries_.end() || next->pid != key.pid ? kNoSlot : next->slot;
  }
  [[nodiscard]] std::size_t bytes() const { return entries_.size() * kEntryBytes; }

 private:
  struct Entry {
    std::uint32_t pid;
    std::uint64_t start_ns;
    Slot slot;

    friend bool operator<(const Entry& a, const Entry& b) {
      return std::tie(a.pid, a.start_ns, a.slot) < std::tie(b.pid, b.start_ns, b.slot);
    }
  };
  std::set<Entry> entries_;
};

}  // namespace proctree
