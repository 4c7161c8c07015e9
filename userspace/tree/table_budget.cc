// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// What gives way when the table takes more memory than it may: in steps, each only as far as the ones
// before were not enough, and each by more than is due, so that the next one is far away.
#include "tree/table.hpp"

namespace proctree {

void ProcessTable::shrink_to_budget() {
  for (Slot slot = nodes_.oldest(Standing::ended); slot != kNoSlot && !fits();
       slot = nodes_.oldest(Standing::ended)) {
    remove(slot);
    ++given_way_.history;
  }
  next_try_bytes_ = 0;
  if (fits()) return;

  const std::size_t before = nodes_.size();
  nodes_.set_line_limit(retention_.line_max, 0);
  for (Slot slot = 0; slot < slot_end() && !fits(); ++slot) {
    if (nodes_.ends_long_line(slot)) fold(slot);
  }
  nodes_.set_line_limit(retention_.line_max, retention_.links_max);
  given_way_.folded += before - nodes_.size();

  sweep([this](Slot slot) { return drop_details(slot); }, given_way_.details);
  sweep([this](Slot slot) { return cut_from_ended(slot); }, given_way_.ancestors);
  for (Slot slot = nodes_.oldest(Standing::ended); slot != kNoSlot && !fits();
       slot = nodes_.oldest(Standing::ended))
    remove(slot);
  sweep([this](Slot slot) { return forget_living(slot); }, given_way_.living);
  if (!fits()) next_try_bytes_ = bytes() + retention_.bytes_max / 8;
}

// Calls step(slot), which answers whether that changed anything, for all processes until they fit.
template <class Step>
void ProcessTable::sweep(Step step, std::uint64_t& counter) {
  for (Slot slot = 0; slot < slot_end() && !fits(); ++slot) {
    if (nodes_[slot].used && step(slot)) ++counter;
  }
}

bool ProcessTable::drop_details(Slot slot) {
  const Node& node = nodes_[slot];
  bool any = node.image_at_fork != kNoImage;
  set_image_at_fork(slot, kNoImage);
  if (node.exited && node.image != kNoImage && !images_[node.image].exe.empty()) {
    const Image& image = images_[node.image];
    set_image(slot, {image.comm, {}, image.exec_seq, image.uid});
    any = true;
  }
  return any;
}

// Its creator has ended, and may be forgotten when nobody needs it any more: all that stays of it here is its
// pid, and the lineage is no longer whole.
bool ProcessTable::cut_from_ended(Slot slot) {
  Node& node = nodes_[slot];
  if (node.creator == kNoSlot || !nodes_[node.creator].exited) return false;
  nodes_.disown(slot);
  node.edge = Edge::inferred;
  return true;
}

// It comes back with its next event, as one whose birth nobody has seen.
bool ProcessTable::forget_living(Slot slot) {
  const Node& node = nodes_[slot];
  if (node.exited || node.root || first_child(slot) != kNoSlot) return false;
  remove(slot);
  return true;
}

}  // namespace proctree
