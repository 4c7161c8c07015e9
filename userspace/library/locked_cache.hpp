// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// DefaultCache's store: facts by pid. The same table as the tree's, so that both evict alike; an entry's
// image is its cmd and its user.
#pragma once

#include <cstddef>
#include <cstdint>
#include <mutex>
#include <optional>

#include "base/chunked.hpp"
#include "library/bounded_table.hpp"
#include "proctree/proctree.hpp"
#include "tree/pid_index.hpp"

namespace proctree::detail {

class LockedCache : public BoundedTable {
 public:
  LockedCache(std::size_t capacity, std::chrono::seconds ttl, ClockDs clock = monotonic_ds)
      : BoundedTable(capacity, ttl, clock) {}

  std::optional<ProcInfo> get_info(std::uint32_t pid) const;
  // Replaces what the pid had, be it of the same process or not: facts are looked up by pid.
  void insert_info(std::uint32_t pid, const ProcInfo& info, Evidence evidence = Evidence::unchecked);
  // An event reports that the process lives. That is remembered even without an entry, for at most `capacity`
  // processes.
  void set_reported(std::uint32_t pid);
  void mark_exited(std::uint32_t pid);

  // An entry in place; valid while the lock is held.
  struct View {
    std::string_view cmd;
    std::string_view user;
    std::uint64_t start_ns = 0;
  };
  // Runs `use(look_up)` under the lock; look_up(pid, view) returns whether there is an entry.
  template <class Use>
  auto with(Use use) const {
    const std::lock_guard lock(lock_);
    return use([this](std::uint32_t pid, View& view) {
      const Slot slot = seen(pid);
      if (slot == kNoSlot) return false;
      view = {table_.comm(slot), table_.exe(slot), table_[slot].start_ns};
      return true;
    });
  }

 private:
  Chunked<std::uint32_t, 15> tgids_;  // by slot
  PidIndex reported_;                 // pids without an entry
};

}  // namespace proctree::detail
