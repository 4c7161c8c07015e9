// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "library/bounded_table.hpp"

#include <algorithm>
#include <ctime>
#include <mutex>

#include "library/table_view.hpp"

namespace proctree::detail {

namespace {

// Half of what a clock of 32 bits can tell apart: six years.
constexpr std::int64_t kTtlMax = 0x7fffffff / 10;

}  // namespace

std::uint32_t monotonic_ds() {
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
  return static_cast<std::uint32_t>(now.tv_sec * 10 + now.tv_nsec / 100'000'000);
}

BoundedTable::BoundedTable(std::size_t capacity, std::chrono::seconds ttl, ClockDs clock)
    // Lines of ended ancestors leave room for the rest, or they would push out the living.
    : table_({.ttl_s = 0, .links_max = capacity / 2, .by_owner = true}),
      capacity_(std::max<std::size_t>(capacity, 1)),
      ttl_ds_(static_cast<std::uint32_t>(std::clamp<std::int64_t>(ttl.count(), 0, kTtlMax) * 10)),
      clock_(clock) {}

Slot BoundedTable::creator_slot(std::uint32_t pid) {
  if (pid == 0) return kNoSlot;
  const Slot slot = table_.find(pid);
  return slot != kNoSlot ? slot : table_.insert_unseen({pid, 0});
}

void BoundedTable::evict(Slot spared) const {
  table_.fold_lines();
  if (table_.named() <= capacity_ && ttl_ds_ == 0) return;
  for (Slot oldest = table_.oldest(); oldest != kNoSlot && oldest != spared; oldest = table_.oldest()) {
    if (table_.named() <= capacity_ && !expired(oldest)) break;
    table_.remove(oldest);
  }
}

std::vector<std::uint32_t> BoundedTable::all_pids() const {
  const std::lock_guard lock(lock_);
  evict_aged();
  return all_pids_of(table_);
}

std::vector<std::uint32_t> BoundedTable::living_pids() const {
  const std::lock_guard lock(lock_);
  evict_aged();
  return living_pids_of(table_);
}

std::size_t BoundedTable::size() const {
  const std::lock_guard lock(lock_);
  evict_aged();
  return table_.named();
}

bool BoundedTable::contains(std::uint32_t pid) const {
  const std::lock_guard lock(lock_);
  return seen(pid) != kNoSlot;
}

void BoundedTable::mark_exited(std::uint32_t pid) {
  const std::lock_guard lock(lock_);
  const Slot slot = table_.find(pid);
  if (slot == kNoSlot || table_[slot].image == kNoImage) return;
  table_.mark_exited(slot, 0);
  evict(kNoSlot);
}

void BoundedTable::mark_exited_before(std::uint32_t pid, std::uint64_t next_start_ns) {
  const std::lock_guard lock(lock_);
  const Slot slot = table_.find(pid);
  if (slot == kNoSlot || table_[slot].image == kNoImage) return;
  const std::uint64_t start_ns = table_[slot].start_ns;
  if (start_ns != 0 && start_ns < next_start_ns && !same_start(start_ns, next_start_ns))
    table_.mark_exited(slot, 0);
}

}  // namespace proctree::detail
