// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "tree/table.hpp"

namespace proctree {

Slot ProcessTable::find(const ProcKey& key) const {
  Slot slot = index_.find(key.pid);
  while (slot != kNoSlot && nodes_[slot].start_ns != key.start_ns) slot = nodes_[slot].older_holder;
  return slot;
}

Slot ProcessTable::find_at_tick(const ProcKey& key) const {
  Slot slot = index_.find(key.pid);
  while (slot != kNoSlot && !this->key(slot).same_at_tick(key)) slot = nodes_[slot].older_holder;
  return slot;
}

Slot ProcessTable::take_slot() {
  if (free_.empty()) return static_cast<Slot>(nodes_.grow());
  const Slot slot = free_.back();
  free_.pop_back();
  nodes_[slot] = {};
  return slot;
}

Slot ProcessTable::insert(const ProcKey& key, Slot creator, Edge edge) {
  const Slot slot = take_slot();
  Node& node = nodes_[slot];
  node.pid = key.pid;
  node.start_ns = key.start_ns;
  node.edge = edge;
  node.used = true;
  ++live_;
  if (creator != kNoSlot) {
    node.uid = nodes_[creator].uid;
    node.image = nodes_[creator].image;
    node.birth = node.image;
    images_.retain(node.image);
    images_.retain(node.birth);
    link_child(creator, slot);
  }
  link_holder(slot);
  return slot;
}

// A pid's holders stand in the order of their start times, newest first, and only the newest lives.
void ProcessTable::link_holder(Slot slot) {
  Node& node = nodes_[slot];
  const Slot newest = index_.find(node.pid);
  if (newest == kNoSlot || nodes_[newest].start_ns <= node.start_ns) {
    node.older_holder = newest;
    index_.set(node.pid, slot);
    if (newest != kNoSlot) {
      nodes_[newest].newer_holder = slot;
      mark_exited(newest, node.start_ns);
    }
    return;
  }
  Slot newer = newest;
  while (nodes_[newer].older_holder != kNoSlot && nodes_[nodes_[newer].older_holder].start_ns > node.start_ns) {
    newer = nodes_[newer].older_holder;
  }
  node.newer_holder = newer;
  node.older_holder = nodes_[newer].older_holder;
  nodes_[newer].older_holder = slot;
  if (node.older_holder != kNoSlot) nodes_[node.older_holder].newer_holder = slot;
  mark_exited(slot, nodes_[newer].start_ns);
}

void ProcessTable::unlink_holder(Slot slot) {
  const Node& node = nodes_[slot];
  if (node.older_holder != kNoSlot) nodes_[node.older_holder].newer_holder = node.newer_holder;
  if (node.newer_holder != kNoSlot) {
    nodes_[node.newer_holder].older_holder = node.older_holder;
  } else if (node.older_holder != kNoSlot) {
    index_.set(node.pid, node.older_holder);
  } else {
    index_.erase(node.pid);
  }
}

bool ProcessTable::descends_from(Slot slot, Slot ancestor) const {
  for (; slot != kNoSlot; slot = nodes_[slot].creator) {
    if (slot == ancestor) return true;
  }
  return false;
}

void ProcessTable::set_creator(Slot slot, Slot creator, Edge edge) {
  Node& node = nodes_[slot];
  if (node.creator != creator) {
    if (descends_from(creator, slot)) return;
    const Slot before = node.creator;
    if (before != kNoSlot) unlink_child(slot);
    if (creator != kNoSlot) link_child(creator, slot);
    if (before != kNoSlot) enqueue(before);
  }
  node.edge = edge;
}

void ProcessTable::set_image(Slot slot, const Image& image) {
  Node& node = nodes_[slot];
  const ImageId before = node.image;
  node.image = images_.acquire(image);  // first: `image` may view the old one's strings
  images_.release(before);
}

void ProcessTable::set_birth(Slot slot, ImageId image) {
  images_.retain(image);
  images_.release(nodes_[slot].birth);
  nodes_[slot].birth = image;
}

void ProcessTable::mark_exited(Slot slot, std::uint64_t ktime_ns) {
  Node& node = nodes_[slot];
  if (node.exited) return;
  node.exited = true;
  node.exited_at_s = static_cast<std::uint32_t>(ktime_ns / 1'000'000'000);
  --live_;
  ++exited_;
  enqueue(slot);
}

void ProcessTable::link_child(Slot creator, Slot child) {
  Node& node = nodes_[child];
  Node& above = nodes_[creator];
  if (above.queued) dequeue(creator);
  node.creator = creator;
  node.prev_sibling = kNoSlot;
  node.next_sibling = above.first_child;
  if (above.first_child != kNoSlot) nodes_[above.first_child].prev_sibling = child;
  above.first_child = child;
}

void ProcessTable::unlink_child(Slot child) {
  Node& node = nodes_[child];
  if (node.prev_sibling != kNoSlot) {
    nodes_[node.prev_sibling].next_sibling = node.next_sibling;
  } else {
    nodes_[node.creator].first_child = node.next_sibling;
  }
  if (node.next_sibling != kNoSlot) nodes_[node.next_sibling].prev_sibling = node.prev_sibling;
  node.creator = node.next_sibling = node.prev_sibling = kNoSlot;
}

}  // namespace proctree
