// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "tree/node_links.hpp"

namespace proctree {

bool NodeLinks::descends_from(Slot slot, Slot ancestor, std::uint64_t& steps) const {
  const std::uint64_t tick = nodes_[ancestor].start_ns / kTickNs;
  Slot below = ancestor;
  for (Slot above = slot; above != kNoSlot; above = nodes_[above].creator) {
    if (above == ancestor || below == slot) return true;
    if (nodes_[above].closes_cycle) return false;
    if (is_ordered() && nodes_[above].start_ns / kTickNs < tick) return false;
    if (steps == 0) return true;
    --steps;
    below = next_below(below, ancestor);
    if (below == kNoSlot) return false;
  }
  return false;
}

void NodeLinks::update_order(Slot slot) {
  constexpr int kChildrenMax = 64;  // with more, the order is unknown from now on
  unset_order(slot);
  set_order(slot);
  Slot child = hot_[slot].first_child;
  for (int i = 0; i < kChildrenMax && child != kNoSlot; ++i, child = hot_[child].next_sibling) {
    unset_order(child);
    set_order(child);
  }
  if (child != kNoSlot) ++misordered_;
}

// The next of all that descend from `top`, in the order of a tree that is drawn.
Slot NodeLinks::next_below(Slot slot, Slot top) const {
  const auto not_in_cycle = [this](Slot child) {
    while (child != kNoSlot && nodes_[child].closes_cycle) child = hot_[child].next_sibling;
    return child;
  };
  if (const Slot child = not_in_cycle(hot_[slot].first_child); child != kNoSlot) return child;
  for (; slot != top; slot = nodes_[slot].creator) {
    if (const Slot sibling = not_in_cycle(hot_[slot].next_sibling); sibling != kNoSlot) return sibling;
  }
  return kNoSlot;
}

void NodeLinks::disown(Slot child) {
  Node& node = nodes_[child];
  const Slot creator = node.creator;
  if (creator == kNoSlot) return;
  const bool splits_run = node.in_run && SingleChildRuns::above(nodes_, child) != kNoSlot;
  const auto at = splits_run ? SingleChildRuns::position(nodes_, child) : SingleChildRuns::Position{};
  if (node.retained() && !node.closes_cycle) remove_live_child(creator, child);
  const Slot next = hot_[child].next_sibling;
  (node.prev_sibling == kNoSlot ? hot_[creator].first_child : hot_[node.prev_sibling].next_sibling) = next;
  if (next != kNoSlot) nodes_[next].prev_sibling = node.prev_sibling;
  node.creator = node.prev_sibling = hot_[child].next_sibling = kNoSlot;
  node.closes_cycle = false;
  unset_order(child);
  if (splits_run) set_run(at.newest, child, at.below + 1);
}

void NodeLinks::splice_out(Slot slot) {
  Node& node = nodes_[slot];
  const Slot child = node.live_children_xor;
  Slot other = hot_[slot].first_child;
  while (other != kNoSlot) {
    const Slot next = hot_[other].next_sibling;
    if (other != child) disown(other);
    other = next;
  }
  const Slot next = hot_[slot].next_sibling;
  nodes_[child].creator = node.creator;
  nodes_[child].prev_sibling = node.prev_sibling;
  hot_[child].next_sibling = next;
  if (next != kNoSlot) nodes_[next].prev_sibling = child;
  if (node.prev_sibling != kNoSlot) {
    hot_[node.prev_sibling].next_sibling = child;
  } else if (node.creator != kNoSlot) {
    hot_[node.creator].first_child = child;
  }
  if (node.creator != kNoSlot) nodes_[node.creator].live_children_xor ^= slot ^ child;
  unset_order(slot);
  unset_order(child);
  set_order(child);
  node.creator = node.prev_sibling = kNoSlot;
  hot_[slot].first_child = hot_[slot].next_sibling = kNoSlot;
  node.live_children = node.live_children_xor = 0;
  runs_.drop(node);
}

}  // namespace proctree
