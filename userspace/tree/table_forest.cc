// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "tree/table_forest.hpp"

#include "base/escape.hpp"
#include "tree/display.hpp"
#include "tree/lineage.hpp"

namespace proctree {

static_assert(LabelledForest<TableForest>);

void TableForest::append_all(std::vector<Slot>& out) const {
  for (Slot slot = 0; slot < table_.slot_end(); ++slot) {
    if (table_[slot].used && includes(slot)) out.push_back(slot);
  }
}

std::vector<Slot> TableForest::roots() const {
  std::vector<Slot> found;
  append_all(found);
  std::erase_if(found, [this](Slot slot) { return table_[slot].creator != kNoSlot; });
  std::sort(found.begin(), found.end(), [this](Slot a, Slot b) { return began_before(a, b); });
  return found;
}

void TableForest::append_all_with(std::string_view comm, std::vector<Slot>& out) const {
  if (options_.scope == Scope::living) {
    table_.for_each_with_comm(comm, [&](Slot slot) {
      if (includes(slot)) out.push_back(slot);
    });
    return;
  }
  const auto is_wanted = is_called(comm);
  for (Slot slot = 0; slot < table_.slot_end(); ++slot) {
    if (is_wanted(slot) && includes(slot)) out.push_back(slot);
  }
}

void TableForest::append_label(std::string& out, Slot slot) const {
  const HotNode& hot = table_.hot(slot);
  if (hot.image != kNoImage && options_.pids)  // alive: all that it reads is close together
    return append_name_and_pid(out, table_.image(hot.image).comm, hot.pid, options_.charset);
  const Node& node = table_[slot];
  std::string folded;
  std::string_view name = node.image == kNoImage ? "unknown" : table_.comm(slot);
  if (node.folded != 0) name = folded = folded_name(node.folded, '[', ']');
  if (options_.pids) {
    append_name_and_pid(out, name, node.pid, options_.charset);
  } else {
    append_visible(out, name, options_.charset);
  }
  if (node.exited) out += " <exited>";
}

}  // namespace proctree
