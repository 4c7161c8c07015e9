// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "tree/table_forest.hpp"

#include <algorithm>
#include <cstddef>

#include "tree/escape.hpp"

namespace proctree {

static_assert(LabelledForest<TableForest>);

bool TableForest::older(Slot a, Slot b) const {
  const Node& left = table_[a];
  const Node& right = table_[b];
  return left.start_ns != right.start_ns ? left.start_ns < right.start_ns : left.pid < right.pid;
}

void TableForest::append_children(Slot slot, std::vector<Slot>& out) const {
  const auto before = static_cast<std::ptrdiff_t>(out.size());
  for (Slot child = table_[slot].first_child; child != kNoSlot; child = table_[child].next_sibling) {
    out.push_back(child);
  }
  std::sort(out.begin() + before, out.end(), [this](Slot a, Slot b) { return older(a, b); });
}

void TableForest::append_all(std::vector<Slot>& out) const {
  for (Slot slot = 0; slot < table_.slot_end(); ++slot) {
    if (table_[slot].used) out.push_back(slot);
  }
}

std::vector<Slot> TableForest::roots() const {
  std::vector<Slot> found;
  append_all(found);
  std::erase_if(found, [this](Slot slot) { return table_[slot].creator != kNoSlot; });
  std::sort(found.begin(), found.end(), [this](Slot a, Slot b) { return older(a, b); });
  return found;
}

void TableForest::append_label(std::string& out, Slot slot) const {
  const Node& node = table_[slot];
  if (node.image == kNoImage) {
    out += "unknown";
  } else if (node.folded != 0) {
    out.append("[").append(std::to_string(node.folded)).append(" folded]");
  } else {
    append_visible(out, table_.comm(slot));
  }
  if (show_pids_) {
    out += '(';
    out += std::to_string(node.pid);
    out += ')';
  }
  if (node.exited) out += " <exited>";
}

}  // namespace proctree
