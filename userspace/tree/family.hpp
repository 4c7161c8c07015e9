// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// Nodes in stable slots that know their creator and their children, and how long each must be kept.
//
// The rule: an ancestor of a living process never goes. A node is *kept* while it lives or while
// something living descends from it; `pins` counts its kept children, and a change runs up the line
// only as far as it changes anything. What may go waits in a list, oldest first; a node that is still
// pinned when it comes to the front is parked, and put back to the front when its last pin goes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "tree/chunked.hpp"

namespace proctree {

using Slot = std::uint32_t;
inline constexpr Slot kNoSlot = 0xffffffff;

// What every node has. The flags of a free slot are all false.
struct FamilyLinks {
  Slot creator = kNoSlot;
  Slot first_child = kNoSlot;  // newest first
  Slot next_sibling = kNoSlot;
  Slot prev_sibling = kNoSlot;
  Slot age_next = kNoSlot;  // in the list of what may go, oldest first
  Slot age_prev = kNoSlot;
  std::uint32_t pins = 0;    // children that are kept
  std::uint32_t age_ds = 0;  // since when, in tenths of a second of the owner's clock
  bool used : 1 = false;
  bool exited : 1 = false;
  bool listed : 1 = false;
  bool parked : 1 = false;        // was at the front of the list while pinned
  bool closes_cycle : 1 = false;  // its creator descends from it: the edge is shown but pins nothing

  [[nodiscard]] bool kept() const { return !exited || pins != 0; }
};

// `N` derives from FamilyLinks. Not safe for use from several threads at a time.
template <class N>
class Family {
 public:
  [[nodiscard]] const N& operator[](Slot slot) const { return nodes_[slot]; }
  [[nodiscard]] N& operator[](Slot slot) { return nodes_[slot]; }
  [[nodiscard]] Slot slot_end() const { return static_cast<Slot>(nodes_.size()); }
  [[nodiscard]] std::size_t size() const { return nodes_.size() - free_.size(); }
  [[nodiscard]] std::size_t exited() const { return exited_; }
  [[nodiscard]] std::size_t listed() const { return listed_; }

  // A living node without links.
  Slot take() {
    Slot slot = 0;
    if (free_.empty()) {
      slot = static_cast<Slot>(nodes_.grow());
    } else {
      slot = free_.back();
      free_.pop_back();
    }
    nodes_[slot].used = true;
    return slot;
  }

  [[nodiscard]] bool descends_from(Slot slot, Slot ancestor) const {
    for (; slot != kNoSlot; slot = nodes_[slot].creator) {
      if (slot == ancestor) return true;
      if (nodes_[slot].closes_cycle) return false;
    }
    return false;
  }

  // `child` has no creator yet.
  void adopt(Slot creator, Slot child) {
    N& node = nodes_[child];
    N& above = nodes_[creator];
    node.creator = creator;
    node.prev_sibling = kNoSlot;
    node.next_sibling = above.first_child;
    if (above.first_child != kNoSlot) nodes_[above.first_child].prev_sibling = child;
    above.first_child = child;
    if (node.kept() && !node.closes_cycle) pin(creator);
  }

  void disown(Slot child) {
    N& node = nodes_[child];
    const Slot creator = node.creator;
    if (creator == kNoSlot) return;
    if (node.kept() && !node.closes_cycle) unpin(creator);
    if (node.prev_sibling != kNoSlot) {
      nodes_[node.prev_sibling].next_sibling = node.next_sibling;
    } else {
      nodes_[creator].first_child = node.next_sibling;
    }
    if (node.next_sibling != kNoSlot) nodes_[node.next_sibling].prev_sibling = node.prev_sibling;
    node.creator = node.next_sibling = node.prev_sibling = kNoSlot;
    node.closes_cycle = false;
  }

  void mark_exited(Slot slot) {
    N& node = nodes_[slot];
    if (node.exited) return;
    node.exited = true;
    ++exited_;
    if (node.pins == 0 && node.creator != kNoSlot && !node.closes_cycle) unpin(node.creator);
  }

  // It lives after all.
  void revive(Slot slot) {
    N& node = nodes_[slot];
    if (!node.exited) return;
    node.exited = false;
    --exited_;
    if (node.pins == 0 && node.creator != kNoSlot && !node.closes_cycle) pin(node.creator);
  }

  // It may go from now on: to the end of the list, as the youngest.
  void list(Slot slot, std::uint32_t age_ds) {
    unlist(slot);
    N& node = nodes_[slot];
    node.age_ds = age_ds;
    node.listed = true;
    ++listed_;
    node.age_prev = age_tail_;
    (age_tail_ == kNoSlot ? age_head_ : nodes_[age_tail_].age_next) = slot;
    age_tail_ = slot;
  }

  // The oldest that may go; kNoSlot: none. Parks what it finds pinned.
  [[nodiscard]] Slot oldest() {
    while (age_head_ != kNoSlot && nodes_[age_head_].pins != 0) {
      const Slot slot = age_head_;
      unlist(slot);
      nodes_[slot].parked = true;
    }
    return age_head_;
  }

  // Takes a node with one child out of its line: the child stands in its place. Nothing else changes,
  // for a node that has ended is kept exactly when its only child is. The node is then without links.
  void bypass(Slot slot) {
    N& node = nodes_[slot];
    const Slot child = node.first_child;
    nodes_[child].creator = node.creator;
    nodes_[child].next_sibling = node.next_sibling;
    nodes_[child].prev_sibling = node.prev_sibling;
    if (node.next_sibling != kNoSlot) nodes_[node.next_sibling].prev_sibling = child;
    if (node.prev_sibling != kNoSlot) {
      nodes_[node.prev_sibling].next_sibling = child;
    } else if (node.creator != kNoSlot) {
      nodes_[node.creator].first_child = child;
    }
    node.creator = node.first_child = node.next_sibling = node.prev_sibling = kNoSlot;
    node.pins = 0;
  }

  // `slot` must not be pinned: nothing that stays loses a living line. Its children, all ended, lose it.
  void remove(Slot slot) {
    unlist(slot);
    while (nodes_[slot].first_child != kNoSlot) disown(nodes_[slot].first_child);
    disown(slot);
    if (nodes_[slot].exited) --exited_;
    nodes_[slot] = N{};
    free_.push_back(slot);
  }

 private:
  void pin(Slot slot) {
    for (;;) {
      N& node = nodes_[slot];
      const bool kept_before = node.kept();
      ++node.pins;
      if (kept_before || node.creator == kNoSlot || node.closes_cycle) return;
      slot = node.creator;
    }
  }

  void unpin(Slot slot) {
    for (;;) {
      N& node = nodes_[slot];
      --node.pins;
      if (node.pins != 0) return;
      if (node.parked) put_back(slot);
      if (node.kept() || node.creator == kNoSlot || node.closes_cycle) return;
      slot = node.creator;
    }
  }

  void put_back(Slot slot) {
    N& node = nodes_[slot];
    node.parked = false;
    node.listed = true;
    ++listed_;
    node.age_next = age_head_;
    (age_head_ == kNoSlot ? age_tail_ : nodes_[age_head_].age_prev) = slot;
    age_head_ = slot;
  }

  void unlist(Slot slot) {
    N& node = nodes_[slot];
    node.parked = false;
    if (!node.listed) return;
    (node.age_prev == kNoSlot ? age_head_ : nodes_[node.age_prev].age_next) = node.age_next;
    (node.age_next == kNoSlot ? age_tail_ : nodes_[node.age_next].age_prev) = node.age_prev;
    node.age_prev = node.age_next = kNoSlot;
    node.listed = false;
    --listed_;
  }

  Chunked<N> nodes_;
  std::vector<Slot> free_;
  std::size_t exited_ = 0;
  std::size_t listed_ = 0;
  Slot age_head_ = kNoSlot;
  Slot age_tail_ = kNoSlot;
};

}  // namespace proctree
