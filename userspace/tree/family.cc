// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "tree/family.hpp"

#include <algorithm>

namespace proctree {

namespace {

// Ages are of a clock that may come round. Makes a heap's front the oldest.
constexpr auto kOldestFirst = [](const auto& a, const auto& b) {
  return static_cast<std::int32_t>(a.age_ds - b.age_ds) > 0;
};

}  // namespace

Slot Family::oldest() {
  // Whatever was parked is older than all that is listed now.
  while (!returned_.empty()) {
    const auto [age_ds, slot] = returned_.front();
    Node& node = nodes_[slot];
    const bool is_here = node.returned && node.age_ds == age_ds;
    if (is_here && node.pins == 0) return slot;
    if (is_here) {
      unlist(slot);
      node.parked = true;
    }
    std::ranges::pop_heap(returned_, kOldestFirst);
    returned_.pop_back();
  }
  while (age_head_ != kNoSlot && nodes_[age_head_].pins != 0) {
    const Slot slot = age_head_;
    unlist(slot);
    nodes_[slot].parked = true;
  }
  return age_head_;
}

void Family::put_back(Slot slot) {
  Node& node = nodes_[slot];
  node.parked = false;
  node.returned = true;
  ++listed_;
  if (returned_.size() > 2 * size() + 64) {
    std::erase_if(returned_, [this](const Returned& entry) {
      return !nodes_[entry.slot].returned || nodes_[entry.slot].age_ds != entry.age_ds;
    });
    std::ranges::make_heap(returned_, kOldestFirst);
  }
  returned_.push_back({node.age_ds, slot});
  std::ranges::push_heap(returned_, kOldestFirst);
}

void Family::disown(Slot child) {
  Node& node = nodes_[child];
  const Slot creator = node.creator;
  if (creator == kNoSlot) return;
  const bool parts_line = node.link && link_above(child) != kNoSlot;
  if (node.kept() && !node.closes_cycle) unpin(creator, child);
  const Slot next = briefs_[child].next_sibling;
  (node.prev_sibling == kNoSlot ? briefs_[creator].first_child : briefs_[node.prev_sibling].next_sibling) =
      next;
  if (next != kNoSlot) nodes_[next].prev_sibling = node.prev_sibling;
  node.creator = node.prev_sibling = briefs_[child].next_sibling = kNoSlot;
  node.closes_cycle = false;
  if (parts_line) measure_line(child);
}

// Joins the lines above and below it into one, of which only the two ends need to know.
void Family::become_link(Slot slot) {
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
  if (const Slot below = node.pinned_by; nodes_[below].link) {
    length += nodes_[below].line;
    newest = nodes_[below].line_end;
  }
  set_line(newest, oldest, length);
}

Slot Family::long_line() {
  while (!long_lines_.empty()) {
    const Slot newest = long_lines_.back();
    long_lines_.pop_back();
    // It may have grown, been folded, ended since; where it has grown, its present end was put in too.
    if (ends_long_line(newest)) return newest;
  }
  return kNoSlot;
}

// Seldom: it is kept for another child as well from now on, or lives after all. What it held together
// are two lines.
void Family::leave_line(Slot slot) {
  Node& node = nodes_[slot];
  node.link = false;
  --links_;
  if (nodes_[node.pinned_by].link) measure_line(node.pinned_by);
  Slot above = link_above(slot);
  if (above == kNoSlot) return;
  while (link_above(above) != kNoSlot) above = link_above(above);
  measure_line(above);
}

void Family::measure_line(Slot oldest) {
  std::uint32_t length = 1;
  Slot newest = oldest;
  for (; nodes_[nodes_[newest].pinned_by].link; newest = nodes_[newest].pinned_by) ++length;
  set_line(newest, oldest, length);
}

void Family::bypass(Slot slot) {
  Node& node = nodes_[slot];
  const Slot child = node.pinned_by;
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
  if (node.creator != kNoSlot) nodes_[node.creator].pinned_by ^= slot ^ child;
  node.creator = node.prev_sibling = kNoSlot;
  briefs_[slot].first_child = briefs_[slot].next_sibling = kNoSlot;
  node.pins = node.pinned_by = 0;
  node.link = false;
  --links_;
}

}  // namespace proctree
