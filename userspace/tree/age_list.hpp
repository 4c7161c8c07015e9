// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// Nodes in the order of their age, the oldest first.
//
// A node that is pinned when it comes to the front is parked, and returns with its age when its last pin
// goes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/chunked.hpp"
#include "tree/node.hpp"

namespace proctree {

class AgeList {
 public:
  // So many are whole huge pages.
  using Nodes = Chunked<Node, 17>;

  [[nodiscard]] std::size_t size() const { return size_; }  // without what is parked
  [[nodiscard]] Slot front() const { return head_; }        // pinned or not, of what has not returned
  // The oldest that is not pinned; kNoSlot: none. Parks what it finds pinned.
  [[nodiscard]] Slot oldest(Nodes& nodes);

  // As the youngest; the node is in no list.
  void append(Nodes& nodes, Slot slot, std::uint32_t age_ds) {
    Node& node = nodes[slot];
    node.age_ds = age_ds;
    node.listed = true;
    ++size_;
    node.age_prev = tail_;
    (tail_ == kNoSlot ? head_ : nodes[tail_].age_next) = slot;
    tail_ = slot;
  }
  // With the age that it has; the node is parked.
  void put_back(Nodes& nodes, Slot slot);
  void remove(Nodes& nodes, Slot slot) {
    Node& node = nodes[slot];
    node.parked = false;
    if (node.returned) {
      node.returned = false;
      --size_;
    }
    if (!node.listed) return;
    (node.age_prev == kNoSlot ? head_ : nodes[node.age_prev].age_next) = node.age_next;
    (node.age_next == kNoSlot ? tail_ : nodes[node.age_next].age_prev) = node.age_prev;
    node.age_prev = node.age_next = kNoSlot;
    node.listed = false;
    --size_;
  }

 private:
  // One that has returned, unless it has left since.
  struct Returned {
    std::uint32_t age_ds;
    Slot slot;
    Standing standing;
  };
  [[nodiscard]] static bool is_here(const Nodes& nodes, const Returned& entry) {
    const Node& node = nodes[entry.slot];
    return node.returned && node.age_ds == entry.age_ds && node.standing == entry.standing;
  }
  Slot oldest_returned(Nodes& nodes);
  void park(Nodes& nodes, Slot slot) {
    remove(nodes, slot);
    nodes[slot].parked = true;
  }

  std::size_t size_ = 0;
  Slot head_ = kNoSlot;
  Slot tail_ = kNoSlot;
  std::vector<Returned> returned_;  // a heap, the oldest at its front
};

}  // namespace proctree
