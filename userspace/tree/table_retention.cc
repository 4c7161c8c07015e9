// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// What stays of processes that have ended: every ancestor of what lives (tree/family.hpp), other
// history by age and number, and of a line without end its two ends.
#include <algorithm>

#include "tree/table.hpp"

namespace proctree {

namespace {

std::uint32_t tenths(std::uint64_t ktime_ns) { return static_cast<std::uint32_t>(ktime_ns / 100'000'000); }

// A fold takes so many nodes at a time: its walk along the line is then paid for by many exits.
constexpr std::uint16_t kFoldBatch = 256;

}  // namespace

void ProcessTable::mark_exited(Slot slot, std::uint64_t ktime_ns) {
  Node& node = nodes_[slot];
  if (node.exited) return;
  nodes_.mark_exited(slot);
  if (retention_.by_owner) return;
  nodes_.list(slot, tenths(ktime_ns));
  if (retention_.line_max == 0 || !foldable(slot)) return;
  const Slot above = node.creator;
  node.line = above != kNoSlot && nodes_[above].exited ? nodes_[above].line + 1 : 1;
  if (node.line >= retention_.line_max + kFoldBatch) fold(slot);
}

// Ended, and with one child only: nothing but length is lost when it goes.
bool ProcessTable::foldable(Slot slot) const {
  const Node& node = nodes_[slot];
  return node.exited && node.first_child != kNoSlot && nodes_[node.first_child].next_sibling == kNoSlot;
}

// Shortens the line that `newest` ends to line_max: half of it stays at the newer end, and what is left
// of the rest lies above one node that counts those it stands for.
void ProcessTable::fold(Slot newest) {
  const std::uint32_t surplus = nodes_[newest].line - retention_.line_max;
  nodes_[newest].line = 0;  // where it can't be done now, it is not tried again for as long a line
  Slot folded = newest;
  for (std::uint32_t i = 0; i < retention_.line_max / 2; ++i) {
    folded = nodes_[folded].creator;
    if (folded == kNoSlot || !foldable(folded)) return;
  }
  std::uint32_t count = std::max(nodes_[folded].folded, 1U);
  std::uint32_t gone = 0;
  for (; gone < surplus; ++gone) {
    const Slot above = nodes_[folded].creator;
    if (above == kNoSlot || !foldable(above)) break;
    count += std::max(nodes_[above].folded, 1U);
    nodes_[folded].creator_pid = nodes_[above].creator_pid;
    nodes_[folded].edge = std::max(nodes_[folded].edge, nodes_[above].edge);
    nodes_.bypass(above);
    remove(above);
  }
  if (gone == 0) return;
  nodes_[folded].folded = count;
  std::uint32_t line = retention_.line_max;
  for (Slot slot = newest; slot != folded; slot = nodes_[slot].creator) nodes_[slot].line = line--;
  nodes_[folded].line = line;
}

void ProcessTable::remove(Slot slot) {
  const Node& node = nodes_[slot];
  const Slot creator = node.creator;
  unlink_holder(slot);
  if (node.image != kNoImage) --named_;
  images_.release(node.image);
  images_.release(node.birth);
  nodes_.remove(slot);
  if (creator != slot) drop_unseen(creator);
}

void ProcessTable::expire(std::uint64_t ktime_ns) {
  const std::uint32_t now = tenths(ktime_ns);
  for (Slot slot = nodes_.oldest(); slot != kNoSlot; slot = nodes_.oldest()) {
    const std::uint64_t age = nodes_[slot].age_ds < now ? now - nodes_[slot].age_ds : 0;
    const bool too_old = retention_.ttl_s != 0 && age > retention_.ttl_s * 10;
    if (!too_old && nodes_.listed() <= retention_.exited_max) break;
    remove(slot);
  }
}

}  // namespace proctree
