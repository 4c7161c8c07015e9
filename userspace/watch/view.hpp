// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// The screen of trace --watch as lines of text: totals, the tree, the selected process, the keys.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

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

  // Takes in what the table holds now.
  void refresh(std::uint64_t now_ns);
  // Right after a refresh.
  void press(const Key& key) { browser_.press(key); }
  [[nodiscard]] Frame draw(const Size& size);
  [[nodiscard]] bool quits() const { return browser_.quits(); }
  // When to draw again though nothing happens; std::nullopt: never.
  [[nodiscard]] std::optional<std::uint64_t> due_ns() const { return rates_.due_ns(); }

 private:
  [[nodiscard]] Frame draw_rows(const Size& size);
  [[nodiscard]] Frame draw_frozen(const Size& size) const;
  [[nodiscard]] std::string cut(std::string_view text, std::size_t columns) const;
  [[nodiscard]] std::string header(std::size_t columns) const;
  [[nodiscard]] std::string footer(std::size_t columns) const;
  void draw_nothing(Frame& frame, std::size_t columns, std::size_t lines) const;
  void draw_tree(Frame& frame, std::size_t columns, std::size_t lines);
  void append_row(std::string& out, RowIndex row, std::string_view guides, bool bar);
  void append_process(std::string& out, Slot slot, const ProcessState* state, const TextStyle& style) const;
  void append_searched(std::string& out, Slot slot) const;
  void append_arguments(std::string& out, const ProcessState* state, const TextStyle& style) const;
  void draw_details(Frame& frame, std::size_t columns, std::size_t lines) const;
  void draw_help(Frame& frame, std::size_t columns, std::size_t lines) const;

  Engine& engine_;
  const ProcessMarks& marks_;
  TextStyle style_;
  Browser browser_;
  Rates rates_;
  BootClock clock_;
  std::optional<Frame> frozen_;  // while the reader pauses
  std::size_t shown_ = 0;        // processes that live and that the filter lets through
};

}  // namespace proctree::watch
