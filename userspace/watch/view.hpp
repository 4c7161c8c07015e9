// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// The screen of trace --watch as lines of text: totals, the tree, the selected process, the keys.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/boot_clock.hpp"
#include "engine/engine.hpp"
#include "sink/text_style.hpp"
#include "watch/browser.hpp"
#include "watch/frame.hpp"
#include "watch/process_marks.hpp"
#include "watch/rates.hpp"

namespace proctree::watch {

class View {
 public:
  // Both outlive it; the engine has begun.
  View(Engine& engine, const ProcessMarks& marks, const TextStyle& style);
  View(const View&) = delete;
  View& operator=(const View&) = delete;

  // Takes in what the table holds now; while the reader pauses, only what is counted.
  void refresh(std::uint64_t now_ns);
  // Right after a refresh.
  void press(const Key& key);
  [[nodiscard]] Frame draw(const Size& size);
  [[nodiscard]] bool quits() const { return browser_.quits(); }
  // When to draw again though nothing happens; std::nullopt: never.
  [[nodiscard]] std::optional<std::uint64_t> due_ns() const { return rates_.due_ns(); }

 private:
  // What a row shows beside its place in the tree.
  struct RowContent {
    Mark mark = Mark::none;
    bool exited = false;
    std::string user;
    std::string process;                // its name and pid, and its arguments or how it ended
    std::string hidden_arguments;       // of one that ended
    std::optional<ProcessState> state;  // all that was known of it
  };

  void take_table();
  void retain_rows();
  [[nodiscard]] RowContent content_of(Slot slot) const;
  [[nodiscard]] std::string cut(std::string_view text, std::size_t columns) const;
  [[nodiscard]] std::string header(std::size_t columns) const;
  [[nodiscard]] std::string footer(std::size_t columns) const;
  void draw_nothing(Frame& frame, std::size_t columns, std::size_t lines) const;
  void draw_tree(Frame& frame, std::size_t columns, std::size_t lines);
  void append_row(std::string& out, RowIndex row, std::string_view guides, bool bar) const;
  void append_process(std::string& out, Slot slot, const ProcessState* state) const;
  void append_searched(std::string& out, RowIndex row) const;
  void append_arguments(std::string& out, const ProcessState* state) const;
  void draw_details(Frame& frame, std::size_t columns, std::size_t lines) const;
  [[nodiscard]] const ProcessState* state_of(RowIndex row, Slot slot) const;
  void draw_help(Frame& frame, std::size_t columns, std::size_t lines) const;

  Engine& engine_;
  const ProcessMarks& marks_;
  TextStyle style_;
  Browser browser_;
  Rates rates_;
  BootClock clock_;
  std::vector<RowContent> retained_;  // the rows of the outline, while the reader pauses
  std::size_t shown_ = 0;             // processes that live and that the filter lets through
};

}  // namespace proctree::watch
