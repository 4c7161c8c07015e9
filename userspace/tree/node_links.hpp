// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// Nodes in stable slots, linked to their creator and children, with how many children each retains.
//
// The rule: an ancestor of a living process is never removed. A node is *retained* while it lives or while
// anything living descends from it. `live_children` counts its retained children, and a change is carried up
// only as far as it changes anything. What is not retained is evictable, by age (tree/age_list.hpp, one list
// a kind of evidence); what is retained for a single child is counted in runs (tree/runs.hpp).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "base/chunked.hpp"
#include "base/free_ids.hpp"
#include "tree/age_list.hpp"
#include "tree/node.hpp"
#include "tree/runs.hpp"

namespace proctree {

// Not thread-safe.
class NodeLinks {
 public:
  [[nodiscard]] const Node& operator[](Slot slot) const { return nodes_[slot]; }
  [[nodiscard]] Node& operator[](Slot slot) { return nodes_[slot]; }
  [[nodiscard]] const HotNode& hot(Slot slot) const { return hot_[slot]; }
  [[nodiscard]] HotNode& hot(Slot slot) { return hot_[slot]; }
  [[nodiscard]] Slot slot_end() const { return static_cast<Slot>(nodes_.size()); }
  [[nodiscard]] std::size_t size() const { return nodes_.size() - free_.size(); }
  [[nodiscard]] std::size_t exited() const { return exited_; }
  [[nodiscard]] std::size_t listed(Evidence evidence) const { return lists_[index(evidence)].size(); }

  // A living node without links.
  Slot allocate() {
    const Slot slot = free_.take([this] {
      hot_.grow();
      return nodes_.grow();
    });
    nodes_[slot].used = true;
    return slot;
  }

  // `child` has no creator yet.
  void adopt(Slot creator, Slot child) {
    Node& node = nodes_[child];
    HotNode& above = hot_[creator];
    node.creator = creator;
    node.prev_sibling = kNoSlot;
    hot_[child].next_sibling = above.first_child;
    if (above.first_child != kNoSlot) nodes_[above.first_child].prev_sibling = child;
    above.first_child = child;
    set_order(child);
    if (node.retained() && !node.closes_cycle) add_live_child(creator, child);
  }
  void disown(Slot child);

  void mark_exited(Slot slot) {
    Node& node = nodes_[slot];
    if (node.exited) return;
    set_evidence(slot, Evidence::ended);
    node.exited = true;
    ++exited_;
    if (node.live_children == 1) {
      runs_.join(nodes_, slot);
    } else if (node.live_children == 0 && node.creator != kNoSlot && !node.closes_cycle) {
      remove_live_child(node.creator, slot);
    }
  }

  // It lives after all.
  void revive(Slot slot) {
    Node& node = nodes_[slot];
    if (!node.exited) return;
    if (node.in_run) runs_.leave(nodes_, slot);
    set_evidence(slot, Evidence::events);
    node.exited = false;
    --exited_;
    if (node.live_children == 0 && node.creator != kNoSlot && !node.closes_cycle)
      add_live_child(node.creator, slot);
  }

  // Every creator began no later than its children, at /proc's grain. So it is of creators that fork events
  // and /proc report; a recording, and a start time that is unknown, may say otherwise.
  [[nodiscard]] bool is_ordered() const { return misordered_ == 0; }
  // Its start time has changed by more than that grain.
  void update_order(Slot slot);
  // True also of itself. Takes as many steps as the shorter of the ways up from the one and down from the
  // other, so that trees can be joined in any order, and for ordered nodes only looks at those that began in
  // one tick. The steps are subtracted from `steps`; true where they are used up.
  [[nodiscard]] bool descends_from(Slot slot, Slot ancestor, std::uint64_t& steps) const;

  // Takes it off its age list.
  void set_evidence(Slot slot, Evidence evidence) {
    unlist(slot);
    nodes_[slot].evidence = evidence;
  }
  // Makes it evictable, as the youngest of its evidence.
  void list(Slot slot, std::uint32_t age_ds) {
    unlist(slot);
    list_of(slot).append(nodes_, slot, age_ds);
  }
  void unlist(Slot slot) { list_of(slot).remove(nodes_, slot); }
  // The oldest that is evictable; kNoSlot: none.
  [[nodiscard]] Slot oldest(Evidence evidence) { return lists_[index(evidence)].oldest(nodes_); }
  // While the oldest is removed, brings into the cache what the removal of the next ones will touch. Returns
  // the next one.
  Slot prefetch_next_oldest() const {
    const Slot head = lists_[index(Evidence::ended)].front();
    const Slot next = head == kNoSlot ? kNoSlot : nodes_[head].age_next;
    if (next == kNoSlot) return next;
    // Its own memory came with the call before this.
    const Node& node = nodes_[next];
    if (node.creator != kNoSlot) prefetch(node.creator);
    if (node.prev_sibling != kNoSlot) __builtin_prefetch(&hot_[node.prev_sibling]);
    if (const Slot sibling = hot_[next].next_sibling; sibling != kNoSlot)
      __builtin_prefetch(&nodes_[sibling]);
    if (node.age_next != kNoSlot) prefetch(node.age_next);
    return next;
  }
  void prefetch(Slot slot) const {
    // A node may span two lines.
    __builtin_prefetch(&nodes_[slot]);
    __builtin_prefetch(reinterpret_cast<const char*>(&nodes_[slot]) + sizeof(Node) - 1);
    __builtin_prefetch(&hot_[slot]);
  }

  // `slot` has no live children; those that it has, all ended, lose their creator.
  void remove(Slot slot) {
    unlist(slot);
    while (hot_[slot].first_child != kNoSlot) disown(hot_[slot].first_child);
    disown(slot);
    if (nodes_[slot].exited) --exited_;
    nodes_[slot] = Node{};
    hot_[slot] = HotNode{};
    free_.release(slot);
  }

  [[nodiscard]] SingleChildRuns& runs() { return runs_; }
  [[nodiscard]] bool ends_long_run(Slot slot) const { return runs_.ends_long_run(nodes_, slot); }
  [[nodiscard]] Slot next_long_run() { return runs_.next_long(nodes_); }
  void set_run(Slot newest, Slot oldest, std::uint32_t length) { runs_.set(nodes_, newest, oldest, length); }
  // Removes a member from the middle of its run: its live child takes its place, and its other children, all
  // ended, lose their creator. It then has no creator and no children; the caller sets the run.
  void splice_out(Slot slot);

 private:
  void add_live_child(Slot slot, Slot child) {
    const Slot first = slot;
    for (;;) {
      Node& node = nodes_[slot];
      const bool was_retained = node.retained();
      if (node.in_run) runs_.leave(nodes_, slot);
      ++node.live_children;
      node.live_children_xor ^= child;
      if (was_retained || node.creator == kNoSlot || node.closes_cycle) break;
      child = slot;
      slot = node.creator;
    }
    // After all counts: the last one upwards may have been in another child's run until its second live
    // child.
    for (Slot at = first;; at = nodes_[at].creator) {
      if (nodes_[at].exited && nodes_[at].live_children == 1) runs_.join(nodes_, at);
      if (at == slot) return;
    }
  }

  void remove_live_child(Slot slot, Slot child) {
    for (;;) {
      Node& node = nodes_[slot];
      --node.live_children;
      node.live_children_xor ^= child;
      if (node.live_children == 1 && node.exited) runs_.join(nodes_, slot);
      if (node.live_children != 0) return;
      if (node.in_run) runs_.drop(node);
      if (node.deferred) list_of(slot).requeue(nodes_, slot);
      if (node.retained() || node.creator == kNoSlot || node.closes_cycle) return;
      child = slot;
      slot = node.creator;
    }
  }

  void set_order(Slot child) {
    Node& node = nodes_[child];
    if (node.creator == kNoSlot) return;
    const std::uint64_t above_ns = nodes_[node.creator].start_ns;
    if (above_ns <= node.start_ns || above_ns / kTickNs == node.start_ns / kTickNs) return;
    node.misordered = true;
    ++misordered_;
  }
  void unset_order(Slot child) {
    Node& node = nodes_[child];
    if (node.misordered) --misordered_;
    node.misordered = false;
  }
  [[nodiscard]] Slot next_below(Slot slot, Slot top) const;

  static std::size_t index(Evidence evidence) { return static_cast<std::size_t>(evidence); }
  AgeList& list_of(Slot slot) { return lists_[index(nodes_[slot].evidence)]; }

  Nodes nodes_;
  Chunked<HotNode, 17> hot_;  // a chunk is a whole number of huge pages
  FreeIds free_;
  std::size_t exited_ = 0;
  std::size_t misordered_ = 0;
  std::array<AgeList, 4> lists_;  // by evidence
  SingleChildRuns runs_;
};

}  // namespace proctree
