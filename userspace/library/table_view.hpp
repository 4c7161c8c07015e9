// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// The process table as the library's lists and display show it: what lives, and of what has ended
// that which stands between living processes.
#pragma once

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tree/escape.hpp"
#include "tree/forest.hpp"
#include "tree/table.hpp"

namespace proctree::detail {

class TableView {
 public:
  using Handle = Slot;

  explicit TableView(const ProcessTable& table) : table_(table) {}

  [[nodiscard]] std::optional<Slot> parent(Slot slot) const {
    const Slot creator = table_[slot].creator;
    return creator == kNoSlot ? std::nullopt : std::optional(creator);
  }
  void append_children(Slot slot, std::vector<Slot>& out) const {
    const auto before = static_cast<std::ptrdiff_t>(out.size());
    for (Slot child = table_[slot].first_child; child != kNoSlot; child = table_[child].next_sibling) {
      if (table_[child].kept()) out.push_back(child);
    }
    // Newest first in the table, and pids mostly grow: turned round they are mostly in order already.
    std::reverse(out.begin() + before, out.end());
    const auto lower = [this](Slot a, Slot b) { return table_[a].pid < table_[b].pid; };
    if (!std::is_sorted(out.begin() + before, out.end(), lower))
      std::sort(out.begin() + before, out.end(), lower);
  }
  void append_all(std::vector<Slot>& out) const {
    for (Slot slot = 0; slot < table_.slot_end(); ++slot) {
      if (alive(slot)) out.push_back(slot);
    }
  }
  [[nodiscard]] std::string_view comm(Slot slot) const { return table_.comm(slot); }
  void append_label(std::string& out, Slot slot) const {
    append_visible(out, table_.comm(slot));
    out += '(';
    out += std::to_string(table_[slot].pid);
    out += table_[slot].exited ? ") <exited>" : ")";
  }

  [[nodiscard]] bool alive(Slot slot) const {
    const Node& node = table_[slot];
    return node.used && !node.exited && node.image != kNoImage;
  }
  [[nodiscard]] std::vector<std::uint32_t> living_pids(const std::vector<Slot>& slots) const {
    std::vector<std::uint32_t> pids;
    pids.reserve(slots.size());
    for (const Slot slot : slots) {
      if (alive(slot)) pids.push_back(table_[slot].pid);
    }
    return pids;
  }

 private:
  const ProcessTable& table_;
};

static_assert(LabelledForest<TableView>);

}  // namespace proctree::detail
