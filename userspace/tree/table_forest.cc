// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "tree/table_forest.hpp"

#include <algorithm>
#include <cstddef>

#include "base/escape.hpp"
#include "tree/display.hpp"
#include "tree/table_lineage.hpp"

namespace proctree {

static_assert(LabelledForest<TableForest>);

bool TableForest::older(Slot a, Slot b) const {
  const Node& left = table_[a];
  const Node& right = table_[b];
  return left.start_ns != right.start_ns ? left.start_ns < right.start_ns : left.pid < right.pid;
}

void TableForest::sort_from(std::vector<Slot>& slots, std::size_t first) const {
  std::sort(slots.begin() + static_cast<std::ptrdiff_t>(first), slots.end(),
            [this](Slot a, Slot b) { return older(a, b); });
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
  sort_from(found, 0);
  return found;
}

void TableForest::append_label(std::string& out, Slot slot) const {
  const Node& node = table_[slot];
  std::string folded;
  std::string_view name = node.image == kNoImage ? "unknown" : table_.comm(slot);
  if (node.folded != 0) name = folded = folded_name(node.folded, '[', ']');
  if (style_.pids) {
    append_name_and_pid(out, name, node.pid, style_.charset);
  } else {
    append_visible(out, name, style_.charset);
  }
  if (node.exited) out += " <exited>";
}

}  // namespace proctree
