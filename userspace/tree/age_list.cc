// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "tree/age_list.hpp"

#include <algorithm>

namespace proctree {

namespace {

// Puts the oldest at the front of a heap.
constexpr auto kOldestFirst = [](const auto& a, const auto& b) { return is_older(b.age_ds, a.age_ds); };

}  // namespace

Slot AgeList::oldest(Nodes& nodes) {
  const Slot requeued = oldest_requeued(nodes);
  while (head_ != kNoSlot && nodes[head_].live_children != 0) defer(nodes, head_);
  if (requeued == kNoSlot) return head_;
  return head_ != kNoSlot && is_older(nodes[head_].age_ds, nodes[requeued].age_ds) ? head_ : requeued;
}

Slot AgeList::oldest_requeued(Nodes& nodes) {
  while (!requeued_.empty()) {
    const Requeued& entry = requeued_.front();
    const Slot slot = entry.slot;
    if (is_current(nodes, entry)) {
      if (nodes[slot].live_children == 0) return slot;
      defer(nodes, slot);
    }
    std::ranges::pop_heap(requeued_, kOldestFirst);
    requeued_.pop_back();
  }
  return kNoSlot;
}

void AgeList::requeue(Nodes& nodes, Slot slot) {
  Node& node = nodes[slot];
  node.deferred = false;
  node.requeued = true;
  ++size_;
  if (requeued_.size() > 2 * size_ + 64) {
    std::erase_if(requeued_, [&nodes](const Requeued& entry) { return !is_current(nodes, entry); });
    std::ranges::make_heap(requeued_, kOldestFirst);
  }
  requeued_.push_back({node.age_ds, slot, node.evidence});
  std::ranges::push_heap(requeued_, kOldestFirst);
}

}  // namespace proctree
