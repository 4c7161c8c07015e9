// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "tree/table.hpp"

namespace proctree {

Slot ProcessTable::find(const ProcKey& key) const {
  Slot slot = index_.find(key.pid);
  if (slot == kNoSlot) return kNoSlot;
  nodes_.prefetch(slot);
  if (nodes_[slot].start_ns == key.start_ns) return slot;
  if (crowds_.has(key.pid)) {
    slot = crowds_.at_or_before(key);
    return slot != kNoSlot && nodes_[slot].start_ns == key.start_ns ? slot : kNoSlot;
  }
  do {
    slot = nodes_[slot].previous_with_pid;
  } while (slot != kNoSlot && nodes_[slot].start_ns != key.start_ns);
  return slot;
}

Slot ProcessTable::find_at_tick(const ProcKey& key, std::uint64_t latest_ns) const {
  const auto fits = [&](Slot slot) {
    return this->key(slot).same_at_tick(key) && nodes_[slot].start_ns <= latest_ns;
  };
  Slot slot = index_.find(key.pid);
  if (slot == kNoSlot || fits(slot)) return slot;
  if (crowds_.has(key.pid)) {
    const std::uint64_t tick_end = key.start_ns - key.start_ns % kTickNs + (kTickNs - 1);
    slot = crowds_.at_or_before({key.pid, std::min(tick_end, latest_ns)});
    return slot != kNoSlot && fits(slot) ? slot : kNoSlot;
  }
  while (slot != kNoSlot && !fits(slot)) slot = nodes_[slot].previous_with_pid;
  return slot;
}

Slot ProcessTable::find_holder(const ProcKey& key) const {
  Slot slot = index_.find(key.pid);
  if (slot == kNoSlot || nodes_[slot].start_ns <= key.start_ns) return slot;
  if (crowds_.has(key.pid)) return crowds_.at_or_before(key);
  while (slot != kNoSlot && nodes_[slot].start_ns > key.start_ns) slot = nodes_[slot].previous_with_pid;
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

void ProcessTable::refine_start(Slot slot, std::uint64_t start_ns) {
  Node& node = nodes_[slot];
  const bool crowded = crowds_.has(node.pid);
  if (crowded) crowds_.erase(key(slot), slot);
  node.start_ns = start_ns;
  if (crowded) crowds_.add(key(slot), slot);
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
    node.image_at_fork = above.image;
    nodes_.brief(slot).image = above.image;
    if (node.image != kNoImage) {
      ++named_;
      node.uid_at_fork = images_[node.image].uid;
    }
    images_.retain(node.image);
    images_.retain(node.image_at_fork);
    nodes_.adopt(creator, slot);
  }
  set_payer(slot, creator == kNoSlot ? kNoPayer : payer(creator));
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
  if (crowds_.has(node.pid)) {
    newer = crowds_.after(key(slot));
  } else {
    while (nodes_[newer].previous_with_pid != kNoSlot &&
           nodes_[nodes_[newer].previous_with_pid].start_ns > node.start_ns) {
      newer = nodes_[newer].previous_with_pid;
    }
  }
  link_behind(slot, newer);
  count_holder(slot, newest);
  mark_exited(slot, nodes_[newer].start_ns);
}

void ProcessTable::link_behind(Slot slot, Slot newer) {
  Node& node = nodes_[slot];
  node.next_with_pid = newer;
  node.previous_with_pid = nodes_[newer].previous_with_pid;
  nodes_[newer].previous_with_pid = slot;
  if (node.previous_with_pid != kNoSlot) nodes_[node.previous_with_pid].next_with_pid = slot;
}

// `slot` is one more holder of its pid, and `newest` the newest of them now.
void ProcessTable::count_holder(Slot slot, Slot newest) {
  std::uint8_t& holders = nodes_[newest].holders;
  if (holders != 0xff) ++holders;
  if (holders < Crowds::kLeast) return;
  const std::uint32_t pid = nodes_[newest].pid;
  if (crowds_.has(pid)) return crowds_.add(key(slot), slot);
  for (Slot at = newest; at != kNoSlot; at = nodes_[at].previous_with_pid) crowds_.add(key(at), at);
}

void ProcessTable::link_newest_holder(Slot slot) {
  Node& node = nodes_[slot];
  const Slot newest = index_.find(node.pid);
  node.previous_with_pid = newest;
  index_.set(node.pid, slot);
  if (newest == kNoSlot) return;
  nodes_[newest].next_with_pid = slot;
  node.holders = nodes_[newest].holders;
  count_holder(slot, slot);
  if (nodes_[newest].exited) return;
  nodes_[newest].unverified = true;  // its end has been missed, and who knows what else of it
  mark_exited(newest, node.start_ns);
}

void ProcessTable::unlink_holder(Slot slot) {
  const Node& node = nodes_[slot];
  crowds_.erase(key(slot), slot);
  if (node.previous_with_pid != kNoSlot) nodes_[node.previous_with_pid].next_with_pid = node.next_with_pid;
  if (node.next_with_pid != kNoSlot) {
    nodes_[node.next_with_pid].previous_with_pid = node.previous_with_pid;
  } else if (node.previous_with_pid != kNoSlot) {
    index_.set(node.pid, node.previous_with_pid);
    nodes_[node.previous_with_pid].holders = std::max<std::uint8_t>(node.holders, 2) - 1;
  } else {
    index_.erase(node.pid);
  }
}

void ProcessTable::set_creator(Slot slot, Slot creator, Edge edge) {
  Node& node = nodes_[slot];
  if (node.creator != creator) {
    steps_ += kStepsEach;
    if (nodes_.descends_from(creator, slot, steps_)) return;
    nodes_.disown(slot);
    if (creator != kNoSlot) nodes_.adopt(creator, slot);
    const bool seen = creator != kNoSlot && nodes_[creator].image != kNoImage;
    node.uid_at_fork = seen ? uid(creator) : kUnsetId;
  }
  node.creator_pid = creator == kNoSlot ? 0 : nodes_[creator].pid;
  node.edge = edge;
}

Slot ProcessTable::insert_next(const ProcKey& key) {
  const Slot slot = nodes_.take();
  nodes_[slot].pid = nodes_.brief(slot).pid = key.pid;
  nodes_[slot].start_ns = key.start_ns;
  nodes_.stand(slot, Standing::unlooked);
  set_payer(slot, kNoPayer);
  link_newest_holder(slot);
  return slot;
}

Slot ProcessTable::insert_placeholder(const ProcKey& key) {
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
      std::uint64_t steps = ~std::uint64_t{0};
      node.closes_cycle = may_close && nodes_.descends_from(creator, slot, steps);
      nodes_.adopt(creator, slot);
    }
    drop_placeholder(before);
  }
  node.creator_pid = creator_pid;
}

// A process that only its children named, and that has none left.
void ProcessTable::drop_placeholder(Slot slot) {
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

void ProcessTable::set_image_at_fork(Slot slot, ImageId image) {
  images_.retain(image);
  images_.release(nodes_[slot].image_at_fork);
  nodes_[slot].image_at_fork = image;
}

}  // namespace proctree
