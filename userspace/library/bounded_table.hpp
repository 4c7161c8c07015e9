// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// What DefaultTree and DefaultCache have in common: a process table behind a lock, bounded by a number
// of entries and by the age of what has ended.
//
// Living processes and their ancestors stay. Events report that a process lives; for the others /proc is
// asked before anything goes: once after the insert, and again each time that one it showed is the oldest.
//
// A creator that is named but isn't there gets an entry all the same, without an image: it isn't counted,
// look-ups don't find it, and it goes with its last child.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/chunked.hpp"
#include "library/lock.hpp"
#include "procfs/reader.hpp"
#include "proctree/proctree.hpp"
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
  // The same, where the pid is another's by now, which began at `next_start_ns`; nothing if that one is here.
  void mark_exited_before(std::uint32_t pid, std::uint64_t next_start_ns);
  [[nodiscard]] std::uint64_t evicted_living() const;
  // The /proc that shows whether a process lives: the one that the operations read to fill the store.
  void set_proc_root(const std::string& root);

 protected:
  BoundedTable(std::size_t capacity, std::chrono::seconds ttl, ClockDs clock);

  // All below are to be called with lock_ held.

  // The entry of a pid, unless it is too old or only named by others.
  [[nodiscard]] Slot seen(std::uint32_t pid) const {
    const Slot slot = table_.find(pid);
    return slot != kNoSlot && table_[slot].image != kNoImage && !expired(slot) ? slot : kNoSlot;
  }
  // An entry for a process that is named as a creator.
  [[nodiscard]] Slot creator_slot(std::uint32_t pid);
  // To be called before anything is changed: sets the age of what changes now.
  void tick() const { table_.set_now(ttl_ds_ == 0 ? ++touches_ : clock_()); }
  // The evidence of this insert; what was known before may be stronger. Its age counts from now, unless it
  // has ended.
  void insert(Slot slot, Evidence evidence);
  // Makes room, and removes what is too old; `spared` has just been put in.
  void evict(Slot spared) const;
  void evict_aged() const {
    if (ttl_ds_ == 0) return;
    tick();
    evict_ended(kNoSlot);
  }

  [[nodiscard]] std::size_t capacity() const { return capacity_; }

  mutable Lock lock_;
  mutable ProcessTable table_;  // reading evicts what is too old

 private:
  [[nodiscard]] bool is_full() const { return table_.named() > capacity_; }
  [[nodiscard]] bool too_old(Slot slot) const {
    return ttl_ds_ != 0 && clock_() - table_[slot].age_ds > ttl_ds_;
  }
  [[nodiscard]] bool expired(Slot slot) const {
    const Node& node = table_[slot];
    if (node.evidence == Evidence::events || node.live_children != 0 || !too_old(slot)) return false;
    return node.evidence == Evidence::ended || !lives(slot);
  }
  [[nodiscard]] bool may_be_evicted(Slot slot) const {
    return slot != kNoSlot && (is_full() || too_old(slot));
  }
  [[nodiscard]] Slot older(Slot a, Slot b) const;
  void evict_ended(Slot spared) const;
  [[nodiscard]] Slot next_to_go(Slot spared, std::uint32_t now) const;
  [[nodiscard]] bool may_look_again() const;
  [[nodiscard]] bool lives(Slot slot) const;
  [[nodiscard]] bool is_shown(Slot slot) const;

  const std::size_t capacity_;
  const std::uint32_t ttl_ds_;  // 0: never
  const ClockDs clock_;
  std::string proc_root_ = kProcRoot;
  mutable std::optional<ProcReader>
      proc_;  // opened when it is first looked at; the operations have their own
  Chunked<std::uint32_t, 15> inserted_ds_;  // by slot, of monotonic_ds(): of entries without a start time
  mutable std::uint32_t touches_ = 0;
  mutable std::uint64_t evicted_living_ = 0;
  // How many may be looked at again now because of capacity, and since when.
  mutable std::uint32_t looks_;
  mutable std::uint32_t looked_ds_ = 0;
};

// Whether two start times mean one process. One may be the time of its fork event, some microseconds after
// its start, and perhaps in the next clock tick. False where either isn't known (0).
[[nodiscard]] inline bool same_start(std::uint64_t a_ns, std::uint64_t b_ns) {
  if (a_ns == 0 || b_ns == 0) return false;
  if (a_ns == b_ns) return true;
  const std::uint64_t a = a_ns / kTickNs;
  const std::uint64_t b = b_ns / kTickNs;
  return a == b || a + 1 == b || b + 1 == a;
}

}  // namespace proctree::detail
