// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "library/bounded_table.hpp"

#include <algorithm>
#include <ctime>
#include <mutex>
#include <utility>

namespace proctree::detail {

namespace {

// Half of what a clock of 32 bits can distinguish: six years.
constexpr std::int64_t kTtlMax = 0x7fffffff / 10;

constexpr std::uint32_t kPidLimit = 1U << 22;  // PID_MAX_LIMIT
constexpr std::uint64_t kDsNs = 100'000'000;

// A store full of living processes checks them again and again for those that have ended: at most this often,
// which takes less than a hundredth of a cpu.
constexpr std::uint32_t kLooksPerDs = 100;
constexpr std::uint32_t kLooksMax = 1000;

// A time of monotonic_ds(), since boot. A sleep of the host since then makes it later: a process that took
// the pid in between is taken for the same.
std::int64_t boot_ds(std::uint32_t monotonic) {
  timespec now{};
  ::clock_gettime(CLOCK_BOOTTIME, &now);
  return now.tv_sec * 10 + now.tv_nsec / 100'000'000 - (monotonic_ds() - monotonic);
}

}  // namespace

std::uint32_t monotonic_ds() {
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
  return static_cast<std::uint32_t>(now.tv_sec * 10 + now.tv_nsec / 100'000'000);
}

BoundedTable::BoundedTable(std::size_t capacity, std::chrono::seconds ttl, ClockDs clock)
    // Runs of ended ancestors leave room for the rest, or they would evict the living.
    : table_({.ttl_s = 0, .runs_total_max = capacity / 2, .externally_managed = true}),
      capacity_(std::max<std::size_t>(capacity, 1)),
      ttl_ds_(static_cast<std::uint32_t>(std::clamp<std::int64_t>(ttl.count(), 0, kTtlMax) * 10)),
      clock_(clock),
      looks_(kLooksMax) {}

Slot BoundedTable::creator_slot(std::uint32_t pid) {
  if (pid == 0) return kNoSlot;
  const Slot slot = table_.find(pid);
  return slot != kNoSlot ? slot : table_.insert_placeholder({pid, 0});
}

void BoundedTable::insert(Slot slot, Evidence evidence) {
  if (table_[slot].exited) return;  // what late events say of it
  if (evidence < table_[slot].evidence) table_.set_evidence(slot, evidence);
  table_.touch(slot);
  if (table_[slot].start_ns != 0 || table_[slot].evidence == Evidence::events) return;
  while (inserted_ds_.size() < table_.slot_end()) inserted_ds_.grow();
  inserted_ds_[slot] = monotonic_ds();
}

void BoundedTable::evict(Slot spared) const {
  evict_ended(spared);
  while (is_full()) {
    const Slot living = older(table_.oldest(Evidence::events), table_.oldest(Evidence::proc));
    if (living == kNoSlot || living == spared) return;
    // Before any of the living goes the entry that was just put in, if it has ended.
    const bool unchecked = spared != kNoSlot && table_[spared].evidence == Evidence::unchecked;
    if (unchecked && table_[spared].live_children == 0 && !lives(spared)) {
      table_.remove(spared);
      return;
    }
    ++evicted_living_;
    table_.remove(living);
  }
}

void BoundedTable::evict_ended(Slot spared) const {
  table_.compact_runs();
  if (!is_full() && ttl_ds_ == 0) return;
  const std::uint32_t now = table_.now();
  for (Slot slot = next_to_go(spared, now); slot != kNoSlot; slot = next_to_go(spared, now))
    table_.remove(slot);
}

// The oldest ended process without living descendants, if it is to go. Where no event reported whether it has
// ended /proc says so when it is the oldest; a living one becomes the youngest, and is not looked at again
// `now`.
Slot BoundedTable::next_to_go(Slot spared, std::uint32_t now) const {
  for (;;) {
    Slot slot = older(table_.oldest(Evidence::ended), table_.oldest(Evidence::unchecked));
    if (slot == spared) slot = kNoSlot;
    const Slot shown = table_.oldest(Evidence::proc);
    if (may_be_evicted(shown) && older(slot, shown) == shown && is_older(table_[shown].age_ds, now) &&
        (too_old(shown) || may_look_again())) {
      slot = shown;
    }
    if (!may_be_evicted(slot)) return kNoSlot;
    if (table_[slot].evidence == Evidence::ended || !lives(slot)) return slot;
  }
}

// The first where both are of one age.
Slot BoundedTable::older(Slot a, Slot b) const {
  if (a == kNoSlot) return b;
  return b != kNoSlot && is_older(table_[b].age_ds, table_[a].age_ds) ? b : a;
}

bool BoundedTable::may_look_again() const {
  const std::uint32_t now = clock_();
  const std::uint64_t more = std::uint64_t{now - looked_ds_} * kLooksPerDs;
  looks_ = static_cast<std::uint32_t>(std::min<std::uint64_t>(looks_ + more, kLooksMax));
  looked_ds_ = now;
  if (looks_ == 0) return false;
  --looks_;
  return true;
}

// Looks into /proc.
bool BoundedTable::lives(Slot slot) const {
  if (!is_shown(slot)) return false;
  table_.set_evidence(slot, Evidence::proc);
  tick();
  table_.touch(slot);
  return true;
}

bool BoundedTable::is_shown(Slot slot) const {
  const Node& node = table_[slot];
  if (node.pid >= kPidLimit && proc_root_ == kProcRoot) return false;
  if (!proc_) {
    auto opened = ProcReader::open(proc_root_);
    if (!opened) return false;
    proc_.emplace(std::move(*opened));
  }
  const auto read = proc_->read(node.pid, kProcStat);
  if (!read) return read.error().code == ErrorCode::permission;
  const TaskFacts& task = (*read)->task;
  if (task.dead || task.exiting) return false;
  const std::uint64_t start_ns = task.self.start_ns;
  return node.start_ns != 0 ? same_start(start_ns, node.start_ns)
                            : static_cast<std::int64_t>(start_ns / kDsNs) <= boot_ds(inserted_ds_[slot]);
}

std::vector<std::uint32_t> BoundedTable::all_pids() const {
  const std::lock_guard lock(lock_);
  evict_aged();
  return table_.pids();
}

std::vector<std::uint32_t> BoundedTable::living_pids() const {
  const std::lock_guard lock(lock_);
  evict_aged();
  return table_.living_pids();
}

std::size_t BoundedTable::size() const {
  const std::lock_guard lock(lock_);
  evict_aged();
  return table_.named();
}

std::uint64_t BoundedTable::evicted_living() const {
  const std::lock_guard lock(lock_);
  return evicted_living_;
}

void BoundedTable::set_proc_root(const std::string& root) {
  const std::lock_guard lock(lock_);
  if (proc_root_ == root) return;
  proc_root_ = root;
  proc_.reset();
}

bool BoundedTable::contains(std::uint32_t pid) const {
  const std::lock_guard lock(lock_);
  return seen(pid) != kNoSlot;
}

void BoundedTable::mark_exited(std::uint32_t pid) {
  const std::lock_guard lock(lock_);
  const Slot slot = table_.find(pid);
  if (slot == kNoSlot || table_[slot].image == kNoImage) return;
  tick();
  table_.mark_exited(slot, 0);
  evict_ended(kNoSlot);
}

void BoundedTable::mark_exited_before(std::uint32_t pid, std::uint64_t next_start_ns) {
  const std::lock_guard lock(lock_);
  const Slot slot = table_.find(pid);
  if (slot == kNoSlot || table_[slot].image == kNoImage) return;
  const std::uint64_t start_ns = table_[slot].start_ns;
  if (start_ns == 0 || start_ns >= next_start_ns || same_start(start_ns, next_start_ns)) return;
  tick();
  table_.mark_exited(slot, 0);
  evict_ended(kNoSlot);
}

}  // namespace proctree::detail
