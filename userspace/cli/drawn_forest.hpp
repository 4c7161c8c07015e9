// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// The running processes as `proctree tree` draws them: some of them, with arguments, with one line of descent
// standing out.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cli/process_view.hpp"
#include "sink/text_style.hpp"
#include "tree/table_forest.hpp"

namespace proctree {

class DrawnForest {
 public:
  using Handle = Slot;

  struct Look {
    bool args = false;
    bool threads = false;
    Slot highlight = kNoSlot;  // it, and its ancestors
    TextStyle style{false};
  };

  DrawnForest(const TableForest& shown, ProcessView& view, const Look& look);

  [[nodiscard]] std::optional<Slot> parent(Slot slot) const { return shown_.parent(slot); }
  void append_children(Slot slot, std::vector<Slot>& out) const { shown_.append_children(slot, out); }
  void append_all(std::vector<Slot>& out) const { shown_.append_all(out); }
  [[nodiscard]] std::string_view comm(Slot slot) const { return shown_.comm(slot); }
  // Reads /proc for arguments and threads: those of a process that is gone, or another by now, are left out.
  void append_label(std::string& out, Slot slot) const;
  [[nodiscard]] bool is_highlighted(Slot slot) const { return highlighted_[slot]; }

 private:
  void append_running(std::string& out, Slot slot) const;

  const TableForest& shown_;
  ProcessView& view_;
  Look look_;
  std::vector<bool> highlighted_;
};

}  // namespace proctree
