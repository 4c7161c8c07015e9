// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "tree/node_links.hpp"

namespace proctree {

bool NodeLinks::descends_from(Slot slot, Slot ancestor, std::uint64_t& steps) const {
  Slot below = ancestor;
  for (Slot above = slot; above != kNoSlot; above = nodes_[above].creator) {
    if (above == ancestor || below == slot) return true;
    if (nodes_[above].closes_cycle) return false;
    if (steps == 0) return true;
    --steps;
    below = next_below(below, ancestor);
    if (below == kNoSlot) return false;
  }
  return false;
}

// The next of all that descend from `top`, in the order of a tree that is drawn.
Slot NodeLinks::next_below(Slot slot, Slot top) const {
  const auto pinning = [this](Slot child) {
    while (child != kNoSlot && nodes_[child].closes_cycle) child = briefs_[child].next_sibling;
    return child;
  };
  if (const Slot child = pinning(briefs_[slot].first_child); child != kNoSlot) return child;
  for (; slot != top; slot = nodes_[slot].creator) {
    if (const Slot sibling = pinning(briefs_[slot].next_sibling); sibling != kNoSlot) return sibling;
  }
  return kNoSlot;
}

void NodeLinks::disown(Slot child) {
  Node& node = nodes_[child];
  const Slot creator = node.creator;
  if (creator == kNoSlot) return;
  const bool parts_line = node.link && link_above(child) != kNoSlot;
  const LinePlace place = parts_line ? place_in_line(child) : LinePlace{};
  if (node.kept() && !node.closes_cycle) unpin(creator, child);
  const Slot next = briefs_[child].next_sibling;
  (node.prev_sibling == kNoSlot ? briefs_[creator].first_child : briefs_[node.prev_sibling].next_sibling) =
      next;
  if (next != kNoSlot) nodes_[next].prev_sibling = node.prev_sibling;
  node.creator = node.prev_sibling = briefs_[child].next_sibling = kNoSlot;
  node.closes_cycle = false;
  if (parts_line) set_line(place.newest, child, place.below + 1);
}

// Joins the lines above and below it into one, of which only the two ends need to know.
void NodeLinks::become_link(Slot slot) {
  Node& node = nodes_[slot];
  node.link = true;
  ++links_;
  Slot oldest = slot;
  Slot newest = slot;
  std::uint32_t length = 1;
  if (const Slot above = link_above(slot); above != kNoSlot) {
    length += nodes_[above].line;
    oldest = nodes_[above].line_end;
  }
  if (const Slot below = node.live_children_xor; nodes_[below].link) {
    length += nodes_[below].line;
    newest = nodes_[below].line_end;
  }
  set_line(newest, oldest, length);
}

Slot NodeLinks::long_line() {
  while (!long_lines_.empty()) {
    const Slot newest = long_lines_.back();
    long_lines_.pop_back();
    // It may have grown, been folded, ended since; where it has grown, its present end was put in too.
    if (ends_long_line(newest)) return newest;
  }
  return kNoSlot;
}

// Both ends know the other one and the length: the nearer of them tells.
NodeLinks::LinePlace NodeLinks::place_in_line(Slot slot) const {
  Slot up = slot;
  Slot down = slot;
  for (std::uint32_t steps = 0;; ++steps) {
    const Slot above = link_above(up);
    const Slot below = nodes_[down].live_children_xor;
    if (above == kNoSlot) return {nodes_[up].line_end, up, steps, nodes_[up].line - 1 - steps};
    if (!nodes_[below].link) return {down, nodes_[down].line_end, nodes_[down].line - 1 - steps, steps};
    up = above;
    down = below;
  }
}

// It is kept for another child as well from now on, or lives after all. What it held together are two lines.
void NodeLinks::leave_line(Slot slot) {
  const LinePlace place = place_in_line(slot);
  Node& node = nodes_[slot];
  node.link = false;
  --links_;
  if (place.below != 0) set_line(place.newest, node.live_children_xor, place.below);
  if (place.above != 0) set_line(node.creator, place.oldest, place.above);
}

void NodeLinks::bypass(Slot slot) {
  Node& node = nodes_[slot];
  const Slot child = node.live_children_xor;
  Slot other = briefs_[slot].first_child;
  while (other != kNoSlot) {
    const Slot next = briefs_[other].next_sibling;
    if (other != child) disown(other);
    other = next;
  }
  const Slot next = briefs_[slot].next_sibling;
  nodes_[child].creator = node.creator;
  nodes_[child].prev_sibling = node.prev_sibling;
  briefs_[child].next_sibling = next;
  if (next != kNoSlot) nodes_[next].prev_sibling = child;
  if (node.prev_sibling != kNoSlot) {
    briefs_[node.prev_sibling].next_sibling = child;
  } else if (node.creator != kNoSlot) {
    briefs_[node.creator].first_child = child;
  }
  if (node.creator != kNoSlot) nodes_[node.creator].live_children_xor ^= slot ^ child;
  node.creator = node.prev_sibling = kNoSlot;
  briefs_[slot].first_child = briefs_[slot].next_sibling = kNoSlot;
  node.live_children = node.live_children_xor = 0;
  node.link = false;
  --links_;
}

}  // namespace proctree
