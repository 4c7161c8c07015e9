// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// What stays of processes that have ended. A node is kept while it has a child in the table: so
// every ancestor of what lives is. Ended nodes without a child wait in a queue, and leave it by age
// or when there are too many; a creator that this leaves without a child then waits in turn.
#include "tree/table.hpp"

namespace proctree {

void ProcessTable::enqueue(Slot slot) {
  Node& node = nodes_[slot];
  if (!node.exited || node.queued || node.first_child != kNoSlot) return;
  node.queued = true;
  node.queue_prev = queue_tail_;
  node.queue_next = kNoSlot;
  if (queue_tail_ != kNoSlot) {
    nodes_[queue_tail_].queue_next = slot;
  } else {
    queue_head_ = slot;
  }
  queue_tail_ = slot;
}

void ProcessTable::dequeue(Slot slot) {
  Node& node = nodes_[slot];
  if (node.queue_prev != kNoSlot) {
    nodes_[node.queue_prev].queue_next = node.queue_next;
  } else {
    queue_head_ = node.queue_next;
  }
  if (node.queue_next != kNoSlot) {
    nodes_[node.queue_next].queue_prev = node.queue_prev;
  } else {
    queue_tail_ = node.queue_prev;
  }
  node.queued = false;
}

void ProcessTable::remove(Slot slot) {
  Node& node = nodes_[slot];
  const Slot creator = node.creator;
  dequeue(slot);
  unlink_holder(slot);
  if (creator != kNoSlot) {
    unlink_child(slot);
    enqueue(creator);
  }
  images_.release(node.image);
  images_.release(node.birth);
  node = {};
  free_.push_back(slot);
  --exited_;
}

void ProcessTable::expire(std::uint64_t ktime_ns) {
  const auto now_s = static_cast<std::uint32_t>(ktime_ns / 1'000'000'000);
  while (queue_head_ != kNoSlot) {
    const Node& oldest = nodes_[queue_head_];
    const bool too_old = retention_.ttl_s != 0 && now_s > oldest.exited_at_s && now_s - oldest.exited_at_s > retention_.ttl_s;
    if (!too_old && exited_ <= retention_.exited_max) break;
    remove(queue_head_);
  }
}

}  // namespace proctree
