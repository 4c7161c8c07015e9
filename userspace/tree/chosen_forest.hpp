// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// A part of the process table as a forest: chosen processes, each with its ancestors.
#pragma once

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tree/table_forest.hpp"

namespace proctree {

class ChosenForest {
 public:
  using Handle = Slot;

  // `chooses(slot)` answers for each process whether it is wanted.
  template <class Chooses>
  ChosenForest(const ProcessTable& table, Chooses chooses, LabelStyle style = {})
      : all_(table, style), shown_(table.slot_end()) {
    for (Slot slot = 0; slot < table.slot_end(); ++slot) {
      if (table[slot].used && chooses(slot)) show(table, slot);
    }
  }
  ChosenForest(const ProcessTable& table, const std::vector<Slot>& wanted, LabelStyle style)
      : all_(table, style), shown_(table.slot_end()) {
    for (const Slot slot : wanted) show(table, slot);
  }

  [[nodiscard]] std::optional<Slot> parent(Slot slot) const { return all_.parent(slot); }
  void append_children(Slot slot, std::vector<Slot>& out) const {
    all_.append_children_if(slot, out, [this](Slot child) { return shown_[child]; });
  }
  void append_all(std::vector<Slot>& out) const {
    const std::size_t before = out.size();
    all_.append_all(out);
    erase_others(out, before);
  }
  [[nodiscard]] std::string_view comm(Slot slot) const { return all_.comm(slot); }
  void append_label(std::string& out, Slot slot) const { all_.append_label(out, slot); }
  [[nodiscard]] bool shows(Slot slot) const { return shown_[slot]; }
  [[nodiscard]] std::vector<Slot> roots() const {
    std::vector<Slot> found = all_.roots();
    erase_others(found, 0);
    return found;
  }

 private:
  void show(const ProcessTable& table, Slot slot) {
    for (Slot at = slot; at != kNoSlot && !shown_[at]; at = table[at].creator) shown_[at] = true;
  }
  void erase_others(std::vector<Slot>& slots, std::size_t from) const {
    const auto begin = slots.begin() + static_cast<std::ptrdiff_t>(from);
    slots.erase(std::remove_if(begin, slots.end(), [this](Slot slot) { return !shown_[slot]; }), slots.end());
  }

  TableForest all_;
  std::vector<bool> shown_;
};

}  // namespace proctree
