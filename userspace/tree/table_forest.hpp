// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// The process table as a forest of its creators.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/charset.hpp"
#include "tree/forest.hpp"
#include "tree/table.hpp"

namespace proctree {

// What stands for a process in its line.
struct LabelStyle {
  bool pids = true;
  Charset charset = Charset::utf8;
};

class TableForest {
 public:
  using Handle = Slot;

  explicit TableForest(const ProcessTable& table, LabelStyle style = {}) : table_(table), style_(style) {}

  [[nodiscard]] std::optional<Slot> parent(Slot slot) const {
    const Slot creator = table_[slot].creator;
    return creator == kNoSlot ? std::nullopt : std::optional(creator);
  }
  void append_children(Slot slot, std::vector<Slot>& out) const {  // oldest first
    append_children_if(slot, out, [](Slot) { return true; });
  }
  // Those for which chooses(slot) holds. A parent may keep thousands of ended ones: what isn't wanted is not
  // sorted.
  template <class Chooses>
  void append_children_if(Slot slot, std::vector<Slot>& out, Chooses chooses) const {
    const std::size_t before = out.size();
    for (Slot child = table_.first_child(slot); child != kNoSlot; child = table_.next_sibling(child)) {
      if (chooses(child)) out.push_back(child);
    }
    sort_from(out, before);
  }
  void append_all(std::vector<Slot>& out) const;
  [[nodiscard]] std::string_view comm(Slot slot) const { return table_.comm(slot); }
  // "comm(pid)", and whether it has ended.
  void append_label(std::string& out, Slot slot) const;

  // Those without a creator, oldest first.
  [[nodiscard]] std::vector<Slot> roots() const;

 private:
  [[nodiscard]] bool older(Slot a, Slot b) const;
  void sort_from(std::vector<Slot>& slots, std::size_t first) const;

  const ProcessTable& table_;
  LabelStyle style_;
};

}  // namespace proctree
