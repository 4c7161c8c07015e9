// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// What DefaultTree and DefaultCache have in common: a process table behind a lock, bounded by a number
// of entries and by their age.
//
// Who names a creator that isn't there makes an entry of it all the same, without an image: it counts
// for nothing, answers nothing and goes with its last child.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "library/lock.hpp"
#include "tree/table.hpp"

namespace proctree::detail {

// Tenths of a second, of any clock that doesn't go back. Tests bring one of their own.
using ClockDs = std::uint32_t (*)();
[[nodiscard]] std::uint32_t monotonic_ds();

class BoundedTable {
 public:
  std::vector<std::uint32_t> all_pids() const;
  std::vector<std::uint32_t> living_pids() const;
  std::size_t size() const;
  bool contains(std::uint32_t pid) const;  // evicts nothing
  void mark_exited(std::uint32_t pid);
  // The same, where the pid is another's by now who began at `next_start_ns`; nothing if that one is here.
  void mark_exited_before(std::uint32_t pid, std::uint64_t next_start_ns);

 protected:
  BoundedTable(std::size_t capacity, std::chrono::seconds ttl, ClockDs clock);

  // All below are to be called with lock_ held.

  // The entry of a pid, unless it is too old or only named by others.
  [[nodiscard]] Slot seen(std::uint32_t pid) const {
    const Slot slot = table_.find(pid);
    return slot != kNoSlot && table_[slot].image != kNoImage && !expired(slot) ? slot : kNoSlot;
  }
  // A place for who is named as a creator.
  [[nodiscard]] Slot creator_slot(std::uint32_t pid);
  // Its age counts from now.
  void touch(Slot slot) { table_.touch(slot, ttl_ds_ == 0 ? ++touches_ : clock_()); }
  // Makes room, and removes what is too old; `spared` has just been put in.
  void evict(Slot spared) const;
  void evict_aged() const {
    if (ttl_ds_ != 0) evict(kNoSlot);
  }

  mutable Lock lock_;
  mutable ProcessTable table_;  // reading evicts what is too old

 private:
  [[nodiscard]] bool expired(Slot slot) const {
    return ttl_ds_ != 0 && table_[slot].pins == 0 && clock_() - table_[slot].age_ds > ttl_ds_;
  }

  const std::size_t capacity_;
  const std::uint32_t ttl_ds_;  // 0: never
  const ClockDs clock_;
  std::uint32_t touches_ = 0;
};

// Do two start times mean one process? One may be the time of its fork event, some microseconds after
// its start, and perhaps in the next clock tick. False where either isn't known (0).
[[nodiscard]] inline bool same_start(std::uint64_t a_ns, std::uint64_t b_ns) {
  if (a_ns == 0 || b_ns == 0) return false;
  if (a_ns == b_ns) return true;
  const std::uint64_t a = a_ns / kTickNs;
  const std::uint64_t b = b_ns / kTickNs;
  return a == b || a + 1 == b || b + 1 == a;
}

}  // namespace proctree::detail
