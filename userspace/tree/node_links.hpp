// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// Nodes in stable slots that know their creator and their children, and how long each must be kept.
//
// The rule: an ancestor of a living process never goes. A node is *kept* while it lives or while
// something living descends from it; `live_children` counts its kept children, and a change runs up the line
// only as far as it changes anything. What may go waits in a list (tree/age_list.hpp), of each standing one.
//
// A *link* is a node that has ended and that a single child keeps. Only links can grow without end while
// nothing lives but one process (one that forks and ends, for ever); every other node that has ended and
// is kept has two living lines below it. So lines of links are measured as they grow, at their two ends,
// and long_line() tells of one that is to be folded.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/chunked.hpp"
#include "tree/age_list.hpp"
#include "tree/node.hpp"

namespace proctree {

// Not safe for use from several threads at a time.
class NodeLinks {
 public:
  [[nodiscard]] const Node& operator[](Slot slot) const { return nodes_[slot]; }
  [[nodiscard]] Node& operator[](Slot slot) { return nodes_[slot]; }
  [[nodiscard]] const HotNode& brief(Slot slot) const { return briefs_[slot]; }
  [[nodiscard]] HotNode& brief(Slot slot) { return briefs_[slot]; }
  [[nodiscard]] Slot slot_end() const { return static_cast<Slot>(nodes_.size()); }
  [[nodiscard]] std::size_t size() const { return nodes_.size() - free_.size(); }
  [[nodiscard]] std::size_t exited() const { return exited_; }
  [[nodiscard]] std::size_t listed(Standing standing) const { return lists_[index(standing)].size(); }

  // A living node without links.
  Slot take() {
    Slot slot = 0;
    if (free_.empty()) {
      slot = static_cast<Slot>(nodes_.grow());
      briefs_.grow();
    } else {
      slot = free_.back();
      free_.pop_back();
    }
    nodes_[slot].used = true;
    return slot;
  }

  // Also of itself. Takes as many steps as the shorter of the ways up from the one and down from the other,
  // so that trees can be joined in any order; where `steps`, which it takes them from, are not enough: true.
  [[nodiscard]] bool descends_from(Slot slot, Slot ancestor, std::uint64_t& steps) const;

  // `child` has no creator yet.
  void adopt(Slot creator, Slot child) {
    Node& node = nodes_[child];
    HotNode& above = briefs_[creator];
    node.creator = creator;
    node.prev_sibling = kNoSlot;
    briefs_[child].next_sibling = above.first_child;
    if (above.first_child != kNoSlot) nodes_[above.first_child].prev_sibling = child;
    above.first_child = child;
    if (node.kept() && !node.closes_cycle) pin(creator, child);
  }
  void disown(Slot child);

  void mark_exited(Slot slot) {
    Node& node = nodes_[slot];
    if (node.exited) return;
    stand(slot, Standing::ended);
    node.exited = true;
    ++exited_;
    if (node.live_children == 1) {
      become_link(slot);
    } else if (node.live_children == 0 && node.creator != kNoSlot && !node.closes_cycle) {
      unpin(node.creator, slot);
    }
  }

  // It lives after all.
  void revive(Slot slot) {
    Node& node = nodes_[slot];
    if (!node.exited) return;
    if (node.link) leave_line(slot);
    stand(slot, Standing::told);
    node.exited = false;
    --exited_;
    if (node.live_children == 0 && node.creator != kNoSlot && !node.closes_cycle) pin(node.creator, slot);
  }

  // Takes it off its list.
  void stand(Slot slot, Standing standing) {
    unlist(slot);
    nodes_[slot].standing = standing;
  }
  // It may go from now on, as the youngest of its standing.
  void list(Slot slot, std::uint32_t age_ds) {
    unlist(slot);
    list_of(slot).append(nodes_, slot, age_ds);
  }
  // It may not go any more.
  void unlist(Slot slot) { list_of(slot).remove(nodes_, slot); }
  // The oldest that may go; kNoSlot: none.
  [[nodiscard]] Slot oldest(Standing standing) { return lists_[index(standing)].oldest(nodes_); }
  // While the oldest is being removed, what the removal of the next ones will touch can come into the
  // cache. Answers the next one.
  Slot prefetch_next_oldest() const {
    const Slot head = lists_[index(Standing::ended)].front();
    const Slot next = head == kNoSlot ? kNoSlot : nodes_[head].age_next;
    if (next == kNoSlot) return next;
    // Its own memory came with the call before this.
    const Node& node = nodes_[next];
    if (node.creator != kNoSlot) prefetch(node.creator);
    if (node.prev_sibling != kNoSlot) __builtin_prefetch(&briefs_[node.prev_sibling]);
    if (const Slot sibling = briefs_[next].next_sibling; sibling != kNoSlot)
      __builtin_prefetch(&nodes_[sibling]);
    if (node.age_next != kNoSlot) prefetch(node.age_next);
    return next;
  }
  void prefetch(Slot slot) const {
    // A node may lie across two lines.
    __builtin_prefetch(&nodes_[slot]);
    __builtin_prefetch(reinterpret_cast<const char*>(&nodes_[slot]) + sizeof(Node) - 1);
    __builtin_prefetch(&briefs_[slot]);
  }

  // `slot` must not be pinned: nothing that stays loses a living line. Its children, all ended, lose it.
  void remove(Slot slot) {
    unlist(slot);
    while (briefs_[slot].first_child != kNoSlot) disown(briefs_[slot].first_child);
    disown(slot);
    if (nodes_[slot].exited) --exited_;
    nodes_[slot] = Node{};
    briefs_[slot] = HotNode{};
    free_.push_back(slot);
  }

  // Lines are to be folded when they are longer than `most`, and longer than kShortLine where all lines
  // together hold more than `budget` links. most 0: never.
  void set_line_limit(std::uint32_t most, std::size_t budget) {
    line_max_ = most == 0 ? 0 : std::max(most, kShortestLine);
    links_max_ = budget;
  }
  [[nodiscard]] std::uint32_t line_max() const {
    return links_ > links_max_ && line_max_ > kShortLine ? kShortLine : line_max_;
  }
  // It is the newest of a line that is longer than line_max().
  [[nodiscard]] bool ends_long_line(Slot slot) const {
    const Node& node = nodes_[slot];
    return node.link && !nodes_[node.live_children_xor].link && node.line > line_max();
  }
  // The newest of a line that is too long; kNoSlot: there is none.
  [[nodiscard]] Slot long_line();
  void set_line(Slot newest, Slot oldest, std::uint32_t length) {
    nodes_[newest].line = nodes_[oldest].line = length;
    nodes_[newest].line_end = oldest;
    nodes_[oldest].line_end = newest;
    if (length >= line_max() + kSlack && line_max_ != 0) long_lines_.push_back(newest);
  }
  // Takes a link out of the midst of its line: the child that keeps it stands in its place. Its other
  // children, all ended, lose it. It is then without creator and children; the line is to be set.
  void bypass(Slot slot);

 private:
  static constexpr std::uint32_t kShortLine = 32;
  static constexpr std::uint32_t kShortestLine = 4;  // with two ends that stay
  // A line may grow by so much before it is folded: the walk along it is then paid for by many exits.
  static constexpr std::uint32_t kSlack = 128;

  void pin(Slot slot, Slot child) {
    const Slot first = slot;
    for (;;) {
      Node& node = nodes_[slot];
      const bool kept_before = node.kept();
      if (node.link) leave_line(slot);
      ++node.live_children;
      node.live_children_xor ^= child;
      if (kept_before || node.creator == kNoSlot || node.closes_cycle) break;
      child = slot;
      slot = node.creator;
    }
    // Only now: the last one up may have been a link of another child's line until it got a second pin.
    for (Slot at = first;; at = nodes_[at].creator) {
      if (nodes_[at].exited && nodes_[at].live_children == 1) become_link(at);
      if (at == slot) return;
    }
  }

  void unpin(Slot slot, Slot child) {
    for (;;) {
      Node& node = nodes_[slot];
      --node.live_children;
      node.live_children_xor ^= child;
      if (node.live_children == 1 && node.exited) become_link(slot);
      if (node.live_children != 0) return;
      if (node.link) {  // with it the whole line above ends, step by step
        node.link = false;
        --links_;
      }
      if (node.parked) list_of(slot).put_back(nodes_, slot);
      if (node.kept() || node.creator == kNoSlot || node.closes_cycle) return;
      child = slot;
      slot = node.creator;
    }
  }

  // The link above in the same line.
  [[nodiscard]] Slot link_above(Slot slot) const {
    const Node& node = nodes_[slot];
    return node.creator != kNoSlot && !node.closes_cycle && nodes_[node.creator].link ? node.creator
                                                                                      : kNoSlot;
  }
  void become_link(Slot slot);
  void leave_line(Slot slot);
  // Of the line that a link is in: its ends, and how many links stand above and below that one.
  struct LinePlace {
    Slot newest = kNoSlot;
    Slot oldest = kNoSlot;
    std::uint32_t above = 0;
    std::uint32_t below = 0;
  };
  [[nodiscard]] LinePlace place_in_line(Slot slot) const;
  [[nodiscard]] Slot next_below(Slot slot, Slot top) const;

  static std::size_t index(Standing standing) { return static_cast<std::size_t>(standing); }
  AgeList& list_of(Slot slot) { return lists_[index(nodes_[slot].standing)]; }

  // So many of either are whole huge pages.
  AgeList::Nodes nodes_;
  Chunked<HotNode, 17> briefs_;
  std::vector<Slot> free_;
  std::size_t exited_ = 0;
  std::array<AgeList, 4> lists_;  // by standing
  std::size_t links_ = 0;
  std::size_t links_max_ = 0;
  std::uint32_t line_max_ = 0;
  std::vector<Slot> long_lines_;  // their newest, at the time
};

}  // namespace proctree
