// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "tree/retention.hpp"

#include <algorithm>

#include "tree/table.hpp"

namespace proctree {

namespace {

std::uint32_t tenths(std::uint64_t ktime_ns) { return static_cast<std::uint32_t>(ktime_ns / 100'000'000); }

}  // namespace

void ProcessTable::mark_exited(Slot slot, std::uint64_t ktime_ns) {
  if (nodes_[slot].exited) return;
  nodes_.mark_exited(slot);
  nodes_.hot(slot).image = kNoImage;
  nodes_.list(slot, retention_.externally_managed ? now_ds_ : tenths(ktime_ns));
  drop_invocations(slot);
}

// Of this process and its creators, as far as they have ended without living descendants: no record to come
// has them as ancestors.
void ProcessTable::drop_invocations(Slot slot) {
  if (invocation_ids_.empty() || retention_.keeps_invocations) return;
  while (slot != kNoSlot && !nodes_[slot].retained()) {
    set_invocation_id(slot, kNoInvocation);
    if (nodes_[slot].closes_cycle) return;
    slot = nodes_[slot].creator;
  }
}

void ProcessTable::remove(Slot slot) {
  note_removal(slot);
  drop(slot);
}

void ProcessTable::note_removal(Slot slot) {
  if (removal_observer_ != nullptr) removal_observer_->before_removal(slot);
}

void ProcessTable::drop(Slot slot) {
  const Node& node = nodes_[slot];
  const Slot creator = node.creator;
  unindex_pid(slot);
  if (node.image != kNoImage) --named_;
  images_.release(node.image);
  images_.release(node.image_at_fork);
  set_invocation_id(slot, kNoInvocation);
  nodes_.remove(slot);
  if (creator != slot) drop_placeholder(creator);
}

// A process that only its children named, and that has no children left.
void ProcessTable::drop_placeholder(Slot slot) {
  if (slot == kNoSlot) return;
  const Node& node = nodes_[slot];
  if (node.image == kNoImage && node.exited && first_child(slot) == kNoSlot) remove(slot);
}

void ProcessTable::expire(std::uint64_t ktime_ns) {
  compact_runs();
  const std::uint32_t now = tenths(ktime_ns);
  for (Slot slot = nodes_.oldest(Evidence::ended); slot != kNoSlot; slot = nodes_.oldest(Evidence::ended)) {
    const std::uint64_t age = nodes_[slot].age_ds < now ? now - nodes_[slot].age_ds : 0;
    const bool too_old = retention_.ttl_s != 0 && age > retention_.ttl_s * 10;
    if (!too_old && nodes_.listed(Evidence::ended) <= retention_.exited_max) break;
    if (const Slot next = nodes_.prefetch_next_oldest(); next != kNoSlot) index_.prefetch(nodes_[next].pid);
    remove(slot);
  }
}

void ProcessTable::compact_runs() {
  for (Slot newest = nodes_.next_long_run(); newest != kNoSlot; newest = nodes_.next_long_run())
    compact(newest);
}

// Half of the allowed length stays at the newer end. Above that one node stands for the surplus, and the rest
// stays above the node.
void ProcessTable::compact(Slot newest) {
  const std::uint32_t length = nodes_.runs().length_max();
  const Slot oldest = nodes_[newest].run_end;
  Slot folded = newest;
  for (std::uint32_t i = 0; i < length / 2; ++i) folded = nodes_[folded].creator;
  std::uint32_t count = std::max(nodes_[folded].folded, 1U);
  for (std::uint32_t surplus = nodes_[newest].run_length - length; surplus != 0; --surplus) {
    const Slot above = nodes_[folded].creator;
    count += std::max(nodes_[above].folded, 1U);
    nodes_[folded].creator_pid = nodes_[above].creator_pid;
    nodes_[folded].uid_at_fork = nodes_[above].uid_at_fork;
    set_image_at_fork(folded, nodes_[above].image_at_fork);
    nodes_[folded].edge = std::max(nodes_[folded].edge, nodes_[above].edge);
    note_removal(above);  // while it has its lineage
    nodes_.splice_out(above);
    drop(above);
  }
  nodes_[folded].folded = count;
  nodes_.set_run(newest, oldest, length);
}

void ProcessTable::shrink_to_budget() {
  remove_history(evictions_.history);
  next_try_bytes_ = 0;
  if (fits()) return;

  const std::size_t before = nodes_.size();
  nodes_.runs().set_limit(retention_.run_max, 0);
  for (Slot slot = 0; slot < slot_end() && !fits(); ++slot) {
    if (nodes_.ends_long_run(slot)) compact(slot);
  }
  nodes_.runs().set_limit(retention_.run_max, retention_.runs_total_max);
  evictions_.folded += before - nodes_.size();

  sweep([this](Slot slot) { return drop_details(slot); }, evictions_.details);
  sweep([this](Slot slot) { return cut_from_ended(slot); }, evictions_.ancestors);
  std::uint64_t counted_above = 0;  // those that the last step has made history
  remove_history(counted_above);
  forget_living();
  if (!fits()) next_try_bytes_ = bytes() + retention_.bytes_max / 8;
}

void ProcessTable::remove_history(std::uint64_t& count) {
  for (Slot slot = nodes_.oldest(Evidence::ended); slot != kNoSlot && !fits();
       slot = nodes_.oldest(Evidence::ended)) {
    remove(slot);
    ++count;
  }
}

// Calls step(slot), which returns whether it changed anything, for all processes until they fit.
template <class Step>
void ProcessTable::sweep(Step step, std::uint64_t& count) {
  for (Slot slot = 0; slot < slot_end() && !fits(); ++slot) {
    if (nodes_[slot].used && step(slot)) ++count;
  }
}

bool ProcessTable::drop_details(Slot slot) {
  const Node& node = nodes_[slot];
  bool any = node.image_at_fork != kNoImage;
  set_image_at_fork(slot, kNoImage);
  if (node.exited && invocation_id(slot) != kNoInvocation) {
    set_invocation_id(slot, kNoInvocation);
    any = true;
  }
  if (node.exited && node.image != kNoImage && !images_[node.image].exe.empty()) {
    const Image& image = images_[node.image];
    set_image(slot, {image.comm, {}, image.exec_seq, image.uid});
    any = true;
  }
  return any;
}

// Its creator has ended, and becomes evictable. Only the creator's pid stays here, and the lineage is
// incomplete.
bool ProcessTable::cut_from_ended(Slot slot) {
  Node& node = nodes_[slot];
  if (node.creator == kNoSlot || !nodes_[node.creator].exited) return false;
  nodes_.disown(slot);
  node.edge = Edge::inferred;
  return true;
}

// It comes back with its next event, as a process whose fork was unobserved. The creator that it was the last
// child of is the next: of a chain of living processes only one has no child.
void ProcessTable::forget_living() {
  for (Slot first = 0; first < slot_end(); ++first) {
    for (Slot slot = first; slot != kNoSlot && !fits();) {
      const Node& node = nodes_[slot];
      if (!node.used || node.exited || node.root || first_child(slot) != kNoSlot) break;
      const Slot creator = node.creator;
      remove(slot);
      ++evictions_.living;
      slot = creator;
    }
  }
}

}  // namespace proctree
