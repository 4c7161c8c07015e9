// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// What stays of processes that have ended: every ancestor of what lives (tree/node_links.hpp), other
// history by age and number, and of a line without end its two ends.
#include <algorithm>

#include "tree/table.hpp"

namespace proctree {

namespace {

std::uint32_t tenths(std::uint64_t ktime_ns) { return static_cast<std::uint32_t>(ktime_ns / 100'000'000); }

}  // namespace

void ProcessTable::mark_exited(Slot slot, std::uint64_t ktime_ns) {
  if (nodes_[slot].exited) return;
  nodes_.mark_exited(slot);
  nodes_.brief(slot).image = kNoImage;
  nodes_.list(slot, retention_.externally_managed ? now_ds_ : tenths(ktime_ns));
}

void ProcessTable::fold_lines() {
  for (Slot newest = nodes_.long_line(); newest != kNoSlot; newest = nodes_.long_line()) fold(newest);
}

// Half of the line stays at the newer end, and what is left of the rest lies above one node that counts
// those it stands for.
void ProcessTable::fold(Slot newest) {
  const std::uint32_t length = nodes_.line_max();
  const Slot oldest = nodes_[newest].line_end;
  Slot folded = newest;
  for (std::uint32_t i = 0; i < length / 2; ++i) folded = nodes_[folded].creator;
  std::uint32_t count = std::max(nodes_[folded].folded, 1U);
  for (std::uint32_t surplus = nodes_[newest].line - length; surplus != 0; --surplus) {
    const Slot above = nodes_[folded].creator;
    count += std::max(nodes_[above].folded, 1U);
    nodes_[folded].creator_pid = nodes_[above].creator_pid;
    nodes_[folded].uid_at_fork = nodes_[above].uid_at_fork;
    set_image_at_fork(folded, nodes_[above].image_at_fork);
    nodes_[folded].edge = std::max(nodes_[folded].edge, nodes_[above].edge);
    nodes_.bypass(above);
    remove(above);
  }
  nodes_[folded].folded = count;
  nodes_.set_line(newest, oldest, length);
}

void ProcessTable::remove(Slot slot) {
  const Node& node = nodes_[slot];
  const Slot creator = node.creator;
  unlink_holder(slot);
  if (node.image != kNoImage) --named_;
  images_.release(node.image);
  images_.release(node.image_at_fork);
  nodes_.remove(slot);
  if (creator != slot) drop_placeholder(creator);
}

void ProcessTable::expire(std::uint64_t ktime_ns) {
  fold_lines();
  const std::uint32_t now = tenths(ktime_ns);
  for (Slot slot = nodes_.oldest(Standing::ended); slot != kNoSlot; slot = nodes_.oldest(Standing::ended)) {
    const std::uint64_t age = nodes_[slot].age_ds < now ? now - nodes_[slot].age_ds : 0;
    const bool too_old = retention_.ttl_s != 0 && age > retention_.ttl_s * 10;
    if (!too_old && nodes_.listed(Standing::ended) <= retention_.exited_max) break;
    if (const Slot next = nodes_.prefetch_next_oldest(); next != kNoSlot) index_.prefetch(nodes_[next].pid);
    remove(slot);
  }
}

}  // namespace proctree
