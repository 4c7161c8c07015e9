// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "tree/age_list.hpp"

#include <algorithm>

namespace proctree {

namespace {

// Makes a heap's front the oldest.
constexpr auto kOldestFirst = [](const auto& a, const auto& b) { return is_older(b.age_ds, a.age_ds); };

}  // namespace

Slot AgeList::oldest(Nodes& nodes) {
  const Slot returned = oldest_returned(nodes);
  while (head_ != kNoSlot && nodes[head_].live_children != 0) park(nodes, head_);
  if (returned == kNoSlot) return head_;
  return head_ != kNoSlot && is_older(nodes[head_].age_ds, nodes[returned].age_ds) ? head_ : returned;
}

Slot AgeList::oldest_returned(Nodes& nodes) {
  while (!returned_.empty()) {
    const Returned& entry = returned_.front();
    const Slot slot = entry.slot;
    if (is_here(nodes, entry)) {
      if (nodes[slot].live_children == 0) return slot;
      park(nodes, slot);
    }
    std::ranges::pop_heap(returned_, kOldestFirst);
    returned_.pop_back();
  }
  return kNoSlot;
}

void AgeList::put_back(Nodes& nodes, Slot slot) {
  Node& node = nodes[slot];
  node.parked = false;
  node.returned = true;
  ++size_;
  if (returned_.size() > 2 * size_ + 64) {
    std::erase_if(returned_, [&nodes](const Returned& entry) { return !is_here(nodes, entry); });
    std::ranges::make_heap(returned_, kOldestFirst);
  }
  returned_.push_back({node.age_ds, slot, node.standing});
  std::ranges::push_heap(returned_, kOldestFirst);
}

}  // namespace proctree
