// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// The marks of processes (tree/marks.hpp). A process that gets one of its own hands it to all that descends
// from it already; as none gets a mark twice, that takes as many steps as there are processes, over all
// events.
#include "tree/table.hpp"

namespace proctree {

void ProcessTable::mark_born(Slot slot) {
  if (marker_ == nullptr) return;
  if (slot >= marks_.size()) marks_.resize(nodes_.slot_end());
  const Node& node = nodes_[slot];
  const Marks above = node.creator == kNoSlot ? Marks{0} : marks_[node.creator];
  // Its image is its creator's: the marks for that are handed down.
  marks_[slot] = handed_down(above) | (above & (kArgsMark | kEntryMark)) |
                 (marker_->own_marks(node.pid, {}, {}) & kOwnMarks);
}

void ProcessTable::mark_image(Slot slot) {
  if (marker_ == nullptr) return;
  const Image& image = images_[nodes_[slot].image];
  add_own_marks(slot, marker_->own_marks(nodes_[slot].pid, image.comm, image.exe));
}

void ProcessTable::mark_again(const Marker* marker) {
  marker_ = marker;
  marks_.assign(marker == nullptr ? 0 : nodes_.slot_end(), Marks{0});
  if (marker == nullptr) return;
  for (Slot slot = 0; slot < nodes_.slot_end(); ++slot) {
    const Node& node = nodes_[slot];
    if (!node.used) continue;
    add_own_marks(slot, marker->own_marks(node.pid, {}, {}));
    if (node.image != kNoImage) mark_image(slot);
    if (node.creator == kNoSlot || node.image_at_fork == kNoImage) continue;
    const Image& forked_as = images_[node.image_at_fork];
    add_own_marks(node.creator, marker->own_marks(nodes_[node.creator].pid, forked_as.comm, forked_as.exe));
  }
}

void ProcessTable::mark_lineage(Slot slot) {
  if (marker_ == nullptr) return;
  const Slot creator = nodes_[slot].creator;
  const Marks lineage = creator == kNoSlot ? Marks{0} : handed_down(marks_[creator]);
  marks_[slot] = (marks_[slot] & ~kLineageMarks) | lineage;
  hand_down_marks(slot);
}

void ProcessTable::add_own_marks(Slot slot, Marks own) {
  if ((own & kOwnMarks & ~marks_[slot]) == 0) return;
  marks_[slot] |= own & kOwnMarks;
  hand_down_marks(slot);
}

void ProcessTable::hand_down_marks(Slot slot) {
  std::vector<Slot> pending{slot};
  while (!pending.empty()) {
    const Slot above = pending.back();
    pending.pop_back();
    const Marks lineage = handed_down(marks_[above]);
    for (Slot child = first_child(above); child != kNoSlot; child = next_sibling(child)) {
      if ((lineage & ~marks_[child]) == 0) continue;
      marks_[child] |= lineage;
      pending.push_back(child);
    }
  }
}

}  // namespace proctree
