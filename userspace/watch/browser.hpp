// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// The user's position in the tree: the selected process, what is folded, the search, the visible lines.
// Processes are stored by their keys, so that all of it follows them as rows move. While the reader pauses
// the rows are those of the last refresh, whatever has become of their slots.
#pragma once

#include <algorithm>
#include <cstddef>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "tree/table_forest.hpp"
#include "watch/frame.hpp"
#include "watch/outline.hpp"

namespace proctree::watch {

class Browser {
 public:
  // `row_text`: what is searched.
  Browser(const ProcessTable& table, RowText row_text) : table_(table), row_text_(std::move(row_text)) {}

  // The table has changed: `forest` is what there is to show. Not while it pauses.
  void refresh(const TableForest& forest);
  // Right after a refresh, or while it pauses.
  void press(const Key& key);
  // `lines` of the tree are in sight, the first of them in this line of the screen.
  void set_place(std::size_t first, std::size_t lines);

  // Of a row: all that descends from it is hidden.
  [[nodiscard]] bool is_collapsed(RowIndex row) const { return collapsed_row_[row]; }
  void collapse(const ProcKey& key) { collapsed_.push_back(key); }

  [[nodiscard]] const Outline& outline() const { return outline_; }
  // The rows that are not hidden, and which of them are in sight from where on.
  [[nodiscard]] const std::vector<RowIndex>& lines() const { return lines_; }
  [[nodiscard]] std::size_t top() const { return selected_ - std::min(selected_, at_line_); }
  [[nodiscard]] std::size_t selected_line() const { return selected_; }  // in lines(), which may be empty
  [[nodiscard]] RowIndex selected() const { return lines_.empty() ? kNoRow : lines_[selected_]; }

  [[nodiscard]] std::size_t height() const { return height_; }

  [[nodiscard]] bool typing() const { return typing_; }  // a search is being typed
  [[nodiscard]] const std::string& sought() const { return sought_; }
  [[nodiscard]] bool not_found() const { return not_found_; }
  [[nodiscard]] bool shows_help() const { return help_; }
  [[nodiscard]] bool wants_all_details() const { return all_details_; }
  [[nodiscard]] bool pauses() const { return pause_; }
  [[nodiscard]] bool quits() const { return quit_; }

 private:
  bool take_typed(const Key& key);  // false: it ended the typing, and does what it does else
  void press_character(char c);
  void show_lines();
  void select_line(std::size_t line);
  void select_row(RowIndex row);  // unfolds what hides it
  void move(std::ptrdiff_t lines);
  void scroll(std::ptrdiff_t lines);
  void click(std::size_t screen_line);
  bool press_anywhere(const Key& key);  // what a key does whether or not there are lines
  void set_collapsed(RowIndex row, bool collapsed);
  void uncollapse_all();
  void fold(RowIndex row, bool collapsed);
  void toggle();
  void go_left();
  void go_right();
  void collapse_all();
  void find_again(Direction direction);
  void find_typed();
  void keep_in_sight();
  [[nodiscard]] bool has_children(RowIndex row) const { return outline_[row].end > row + 1; }

  const ProcessTable& table_;
  RowText row_text_;
  Outline outline_;
  std::vector<ProcKey> collapsed_;
  std::vector<bool> collapsed_row_;  // the rows of these
  std::vector<RowIndex> lines_;
  std::optional<ProcKey> selected_key_;
  std::size_t selected_ = 0;
  std::size_t at_line_ = 0;     // the line of the view where it stands: the tree moves, it doesn't
  std::size_t first_line_ = 0;  // of the screen
  std::size_t height_ = 1;
  bool typing_ = false;
  bool not_found_ = false;
  std::string sought_;
  std::string sought_before_;
  std::optional<ProcKey> typed_from_;  // what was selected when the search began
  bool help_ = false;
  bool all_details_ = false;
  bool pause_ = false;
  bool quit_ = false;
};

}  // namespace proctree::watch
