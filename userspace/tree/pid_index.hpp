// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// Finds processes by pid: the newest of each pid, and all of those pids that many processes have had.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <set>
#include <tuple>
#include <vector>

#include "base/chunked.hpp"
#include "base/free_ids.hpp"
#include "base/hash_index.hpp"
#include "proctree/facts.hpp"
#include "tree/node.hpp"

namespace proctree {

// pid → slot of its newest process. The kernel gives pids below 2^22 only, in ascending order: they are
// stored in pages of neighbours, 4 bytes each, so that a look-up is one cache miss and the next fork's is
// none. Larger numbers, which users of the library may have, are in a hash table.
class PidIndex {
 public:
  static constexpr std::uint32_t kNone = 0xffffffff;

  [[nodiscard]] std::uint32_t find(std::uint32_t pid) const {
    const std::uint32_t number = pid / kPagePids;
    if (number >= directory_.size()) return pid < kPidLimit ? kNone : others_.find(pid);
    const std::uint32_t page = directory_[number];
    return page == kNone ? kNone : pages_[page].slots[pid % kPagePids];
  }
  void set(std::uint32_t pid, std::uint32_t slot);  // not kNone
  void erase(std::uint32_t pid);
  [[nodiscard]] std::size_t size() const { return count_; }
  void prefetch(std::uint32_t pid) const {
    const std::uint32_t number = pid / kPagePids;
    if (number >= directory_.size() || directory_[number] == kNone) return;
    __builtin_prefetch(&pages_[directory_[number]].slots[pid % kPagePids]);
  }

 private:
  static constexpr std::uint32_t kPidLimit = 1U << 22;  // PID_MAX_LIMIT
  static constexpr std::uint32_t kPagePids = 256;
  struct Page {
    Page() { slots.fill(kNone); }
    std::array<std::uint32_t, kPagePids> slots{};
  };
  std::uint32_t take_page();

  std::vector<std::uint32_t> directory_;  // by pid / kPagePids: the page; grows as far as pids go
  Chunked<Page, 11> pages_;
  std::vector<std::uint16_t> used_;  // by page: how many of its pids are set
  FreeIds free_;                     // pages
  HashIndex others_;
  std::size_t count_ = 0;
};

// The processes of pids that very many processes have had, ordered by start time. Where the kernel counts to
// millions a pid has had a few at most; where it counts to hundreds, or where a caller chooses pids, a walk
// along all of them would be linear in their number.
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
