// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "tree/table.hpp"

namespace proctree {

Slot ProcessTable::find(const ProcKey& key) const {
  Slot slot = index_.find(key.pid);
  if (slot != kNoSlot) nodes_.prefetch(slot);
  while (slot != kNoSlot && nodes_[slot].start_ns != key.start_ns) slot = nodes_[slot].older_holder;
  return slot;
}

Slot ProcessTable::find_at_tick(const ProcKey& key) const {
  Slot slot = index_.find(key.pid);
  while (slot != kNoSlot && !this->key(slot).same_at_tick(key)) slot = nodes_[slot].older_holder;
  return slot;
}

Slot ProcessTable::find_and_refine(const ProcKey& key) {
  const Slot slot = find(key);
  if (slot != kNoSlot) return slot;
  const Slot coarse = find_at_tick(key);
  if (coarse == kNoSlot || nodes_[coarse].start_ns % kTickNs != 0) return kNoSlot;
  refine_start(coarse, key.start_ns);
  return coarse;
}

Slot ProcessTable::insert(const ProcKey& key, Slot creator, Edge edge) {
  const Slot slot = nodes_.take();
  Node& node = nodes_[slot];
  node.pid = nodes_.brief(slot).pid = key.pid;
  node.start_ns = key.start_ns;
  node.edge = edge;
  if (creator != kNoSlot) {
    const Node& above = nodes_[creator];
    node.creator_pid = above.pid;
    node.image = above.image;
    node.birth = above.image;
    nodes_.brief(slot).image = above.image;
    if (node.image != kNoImage) {
      ++named_;
      node.birth_uid = images_[node.image].uid;
    }
    images_.retain(node.image);
    images_.retain(node.birth);
    nodes_.adopt(creator, slot);
  }
  link_holder(slot);
  return slot;
}

// A pid's holders stand in the order of their start times, newest first, and only the newest lives.
void ProcessTable::link_holder(Slot slot) {
  Node& node = nodes_[slot];
  const Slot newest = index_.find(node.pid);
  if (newest == kNoSlot || nodes_[newest].start_ns <= node.start_ns) {
    link_newest_holder(slot);
    return;
  }
  Slot newer = newest;
  while (nodes_[newer].older_holder != kNoSlot &&
         nodes_[nodes_[newer].older_holder].start_ns > node.start_ns) {
    newer = nodes_[newer].older_holder;
  }
  node.newer_holder = newer;
  node.older_holder = nodes_[newer].older_holder;
  nodes_[newer].older_holder = slot;
  if (node.older_holder != kNoSlot) nodes_[node.older_holder].newer_holder = slot;
  mark_exited(slot, nodes_[newer].start_ns);
}

void ProcessTable::link_newest_holder(Slot slot) {
  Node& node = nodes_[slot];
  const Slot newest = index_.find(node.pid);
  node.older_holder = newest;
  index_.set(node.pid, slot);
  if (newest == kNoSlot) return;
  nodes_[newest].newer_holder = slot;
  if (nodes_[newest].exited) return;
  nodes_[newest].doubtful = true;  // its end has been missed, and who knows what else of it
  mark_exited(newest, node.start_ns);
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

void ProcessTable::set_creator(Slot slot, Slot creator, Edge edge) {
  Node& node = nodes_[slot];
  if (node.creator != creator) {
    if (nodes_.descends_from(creator, slot)) return;
    nodes_.disown(slot);
    if (creator != kNoSlot) nodes_.adopt(creator, slot);
    const bool seen = creator != kNoSlot && nodes_[creator].image != kNoImage;
    node.birth_uid = seen ? uid(creator) : kUnsetId;
  }
  node.creator_pid = creator == kNoSlot ? 0 : nodes_[creator].pid;
  node.edge = edge;
}

Slot ProcessTable::insert_next(const ProcKey& key) {
  const Slot slot = nodes_.take();
  nodes_[slot].pid = nodes_.brief(slot).pid = key.pid;
  nodes_[slot].start_ns = key.start_ns;
  link_newest_holder(slot);
  return slot;
}

Slot ProcessTable::insert_unseen(const ProcKey& key) {
  const Slot slot = key.start_ns == 0 ? insert_next(key) : insert(key, kNoSlot, Edge::inferred);
  nodes_.mark_exited(slot);
  return slot;
}

void ProcessTable::set_any_creator(Slot slot, Slot creator, std::uint32_t creator_pid) {
  Node& node = nodes_[slot];
  if (node.creator != creator) {
    const Slot before = node.creator;
    nodes_.disown(slot);
    if (creator != kNoSlot) {
      const bool may_close = first_child(slot) != kNoSlot || creator == slot;
      node.closes_cycle = may_close && nodes_.descends_from(creator, slot);
      nodes_.adopt(creator, slot);
    }
    drop_unseen(before);
  }
  node.creator_pid = creator_pid;
}

// A process that only its children named, and that has none left.
void ProcessTable::drop_unseen(Slot slot) {
  if (slot == kNoSlot) return;
  const Node& node = nodes_[slot];
  if (node.image == kNoImage && node.exited && first_child(slot) == kNoSlot) remove(slot);
}

void ProcessTable::set_image(Slot slot, const Image& image) {
  Node& node = nodes_[slot];
  if (node.image == kNoImage) ++named_;
  const ImageId before = node.image;
  node.image = images_.acquire(image);  // first: `image` may view the old one's strings
  images_.release(before);
  update_brief(slot);
}

void ProcessTable::set_uid(Slot slot, std::uint32_t uid) {
  const Image& image = images_[nodes_[slot].image];
  if (image.uid != uid) set_image(slot, {image.comm, image.exe, image.exec_seq, uid});
}

void ProcessTable::set_birth(Slot slot, ImageId image) {
  images_.retain(image);
  images_.release(nodes_[slot].birth);
  nodes_[slot].birth = image;
}

}  // namespace proctree
