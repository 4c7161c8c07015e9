// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "tree/table.hpp"

namespace proctree {

Slot ProcessTable::find(const ProcKey& key) const {
  Slot slot = index_.find(key.pid);
  if (slot == kNoSlot) return kNoSlot;
  nodes_.prefetch(slot);
  if (nodes_[slot].start_ns == key.start_ns) return slot;
  if (pid_history_.has(key.pid)) {
    slot = pid_history_.at_or_before(key);
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
  if (pid_history_.has(key.pid)) {
    const std::uint64_t tick_end = key.start_ns - key.start_ns % kTickNs + (kTickNs - 1);
    slot = pid_history_.at_or_before({key.pid, std::min(tick_end, latest_ns)});
    return slot != kNoSlot && fits(slot) ? slot : kNoSlot;
  }
  while (slot != kNoSlot && !fits(slot)) slot = nodes_[slot].previous_with_pid;
  return slot;
}

Slot ProcessTable::find_at(const ProcKey& key) const {
  Slot slot = index_.find(key.pid);
  if (slot == kNoSlot || nodes_[slot].start_ns <= key.start_ns) return slot;
  if (pid_history_.has(key.pid)) return pid_history_.at_or_before(key);
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
  const bool indexed = pid_history_.has(node.pid);
  if (indexed) pid_history_.erase(key(slot), slot);
  const bool other_tick = node.start_ns / kTickNs != start_ns / kTickNs;
  node.start_ns = start_ns;
  if (other_tick) nodes_.update_order(slot);
  if (indexed) pid_history_.add(key(slot), slot);
}

Slot ProcessTable::insert(const ProcKey& key, Slot creator, Edge edge) {
  const Slot slot = nodes_.allocate();
  Node& node = nodes_[slot];
  node.pid = nodes_.hot(slot).pid = key.pid;
  node.start_ns = key.start_ns;
  node.edge = edge;
  if (creator != kNoSlot) {
    const Node& above = nodes_[creator];
    node.creator_pid = above.pid;
    node.image = above.image;
    node.image_at_fork = above.image;
    nodes_.hot(slot).image = above.image;
    if (node.image != kNoImage) {
      ++named_;
      node.uid_at_fork = images_[node.image].uid;
    }
    images_.retain(node.image);
    images_.retain(node.image_at_fork);
    const InvocationId invocation = invocation_id(creator);
    invocations_.retain(invocation);
    set_invocation_id(slot, invocation);
    nodes_.adopt(creator, slot);
  }
  set_account(slot, creator == kNoSlot ? kNotCharged : account(creator));
  mark_born(slot);
  index_pid(slot);
  return slot;
}

// A pid's processes are linked in the order of their start times, newest first, and only the newest lives.
void ProcessTable::index_pid(Slot slot) {
  Node& node = nodes_[slot];
  const Slot newest = index_.find(node.pid);
  if (newest == kNoSlot || nodes_[newest].start_ns <= node.start_ns) {
    index_newest(slot);
    return;
  }
  Slot next = newest;
  if (pid_history_.has(node.pid)) {
    next = pid_history_.after(key(slot));
  } else {
    while (nodes_[next].previous_with_pid != kNoSlot &&
           nodes_[nodes_[next].previous_with_pid].start_ns > node.start_ns) {
      next = nodes_[next].previous_with_pid;
    }
  }
  index_before(slot, next);
  count_with_pid(slot, newest);
  mark_exited(slot, nodes_[next].start_ns);
}

void ProcessTable::index_before(Slot slot, Slot next) {
  Node& node = nodes_[slot];
  node.next_with_pid = next;
  node.previous_with_pid = nodes_[next].previous_with_pid;
  nodes_[next].previous_with_pid = slot;
  if (node.previous_with_pid != kNoSlot) nodes_[node.previous_with_pid].next_with_pid = slot;
}

// `slot` is one more process of its pid, and `newest` the newest of them now.
void ProcessTable::count_with_pid(Slot slot, Slot newest) {
  std::uint8_t& with_pid = nodes_[newest].with_pid;
  if (with_pid != 0xff) ++with_pid;
  if (with_pid < PidHistory::kIndexedFrom) return;
  const std::uint32_t pid = nodes_[newest].pid;
  if (pid_history_.has(pid)) return pid_history_.add(key(slot), slot);
  for (Slot at = newest; at != kNoSlot; at = nodes_[at].previous_with_pid) pid_history_.add(key(at), at);
}

void ProcessTable::index_newest(Slot slot) {
  Node& node = nodes_[slot];
  const Slot newest = index_.find(node.pid);
  node.previous_with_pid = newest;
  index_.set(node.pid, slot);
  if (newest == kNoSlot) return;
  nodes_[newest].next_with_pid = slot;
  node.with_pid = nodes_[newest].with_pid;
  count_with_pid(slot, slot);
  if (nodes_[newest].exited) return;
  nodes_[newest].unverified = true;  // its exit event was missed
  mark_exited(newest, node.start_ns);
}

void ProcessTable::unindex_pid(Slot slot) {
  const Node& node = nodes_[slot];
  pid_history_.erase(key(slot), slot);
  if (node.previous_with_pid != kNoSlot) nodes_[node.previous_with_pid].next_with_pid = node.next_with_pid;
  if (node.next_with_pid != kNoSlot) {
    nodes_[node.next_with_pid].previous_with_pid = node.previous_with_pid;
  } else if (node.previous_with_pid != kNoSlot) {
    index_.set(node.pid, node.previous_with_pid);
    nodes_[node.previous_with_pid].with_pid = std::max<std::uint8_t>(node.with_pid, 2) - 1;
  } else {
    index_.erase(node.pid);
  }
}

void ProcessTable::set_creator(Slot slot, Slot creator, Edge edge) {
  Node& node = nodes_[slot];
  if (node.creator != creator) {
    steps_ += kStepsEach;
    if (nodes_.descends_from(creator, slot, steps_)) return;
    const Slot before = node.creator;
    nodes_.disown(slot);
    if (creator != kNoSlot) nodes_.adopt(creator, slot);
    const bool seen = creator != kNoSlot && nodes_[creator].image != kNoImage;
    node.uid_at_fork = seen ? uid(creator) : kUnsetId;
    mark_lineage(slot);
    drop_placeholder(before);
  }
  node.creator_pid = creator == kNoSlot ? 0 : nodes_[creator].pid;
  node.edge = edge;
}

Slot ProcessTable::insert_next(const ProcKey& key) {
  const Slot slot = nodes_.allocate();
  nodes_[slot].pid = nodes_.hot(slot).pid = key.pid;
  nodes_[slot].start_ns = key.start_ns;
  nodes_.set_evidence(slot, Evidence::unchecked);
  set_account(slot, kNotCharged);
  mark_born(slot);
  index_newest(slot);
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
    mark_lineage(slot);
    drop_placeholder(before);
  }
  node.creator_pid = creator_pid;
}

void ProcessTable::set_image(Slot slot, const Image& image) {
  Node& node = nodes_[slot];
  if (node.image == kNoImage) ++named_;
  const ImageId before = node.image;
  node.image = images_.acquire(image);  // first: `image` may view the old one's strings
  images_.release(before);
  update_hot(slot);
  mark_image(slot);
}

void ProcessTable::set_invocation(Slot slot, const Invocation& invocation) {
  if (invocations_.is(invocation_id(slot), invocation))
    return;  // inherited: the same terminal, and no script
  set_invocation_id(slot,
                    invocations_.acquire(invocation));  // first: `invocation` may view the old one's texts
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

void ProcessTable::set_image_at_fork(Slot slot, const Image& image) {
  const ImageId id = images_.acquire(image);
  images_.release(std::exchange(nodes_[slot].image_at_fork, id));
}

std::vector<std::uint32_t> ProcessTable::pids() const {
  std::vector<std::uint32_t> found;
  found.reserve(named_);
  for (Slot slot = 0; slot < slot_end(); ++slot) {
    const Node& node = nodes_[slot];
    if (node.image != kNoImage && node.next_with_pid == kNoSlot) found.push_back(node.pid);
  }
  return found;
}

std::vector<std::uint32_t> ProcessTable::living_pids() const {
  std::vector<std::uint32_t> found;
  for (Slot slot = 0; slot < slot_end(); ++slot) {
    const HotNode& node = hot(slot);
    if (node.image != kNoImage) found.push_back(node.pid);
  }
  return found;
}

}  // namespace proctree
