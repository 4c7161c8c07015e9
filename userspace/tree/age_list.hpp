// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// Nodes in the order of their age, for eviction from the oldest on.
//
// A node with live children is not evictable. One that comes to the front is deferred: taken out of the list
// until its last live child goes, and then requeued, with the age that it has, in a heap beside the list.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "tree/node.hpp"

namespace proctree {

class AgeList {
 public:
  [[nodiscard]] std::size_t size() const { return size_; }  // without the deferred
  [[nodiscard]] Slot front() const { return head_; }        // evictable or not, without the requeued
  // The oldest that is evictable; kNoSlot: none. Defers those with live children that it meets.
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
  // The node is deferred.
  void requeue(Nodes& nodes, Slot slot);
  void remove(Nodes& nodes, Slot slot) {
    Node& node = nodes[slot];
    node.deferred = false;
    if (node.requeued) {
      node.requeued = false;
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
  // Stays in the heap when its node is removed, and is stale then.
  struct Requeued {
    std::uint32_t age_ds;
    Slot slot;
    Evidence evidence;
  };
  [[nodiscard]] static bool is_current(const Nodes& nodes, const Requeued& entry) {
    const Node& node = nodes[entry.slot];
    return node.requeued && node.age_ds == entry.age_ds && node.evidence == entry.evidence;
  }
  Slot oldest_requeued(Nodes& nodes);
  void defer(Nodes& nodes, Slot slot) {
    remove(nodes, slot);
    nodes[slot].deferred = true;
  }

  std::size_t size_ = 0;
  Slot head_ = kNoSlot;
  Slot tail_ = kNoSlot;
  std::vector<Requeued> requeued_;  // a heap, the oldest at its front
};

}  // namespace proctree
