// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "watch/browser.hpp"

#include <algorithm>
#include <utility>

#include "base/escape.hpp"

namespace proctree::watch {

namespace {

constexpr std::size_t kSoughtMost = 64;
constexpr std::ptrdiff_t kWheelLines = 3;

void drop_last_character(std::string& text) {
  while (!text.empty() && (static_cast<unsigned char>(text.back()) & 0xc0u) == 0x80u) text.pop_back();
  if (!text.empty()) text.pop_back();
}

}  // namespace

void Browser::refresh(const TableForest& forest) {
  outline_.rebuild(table_, forest);
  std::vector<bool> collapsed_slot(table_.slot_end());
  std::erase_if(collapsed_, [&](const ProcKey& key) {
    const Slot slot = table_.find(key);
    if (slot == kNoSlot || (table_[slot].exited && !forest.includes(slot))) return true;
    collapsed_slot[slot] = true;
    return false;
  });
  collapsed_row_.resize(outline_.size());
  for (RowIndex row = 0; row < outline_.size(); ++row)
    collapsed_row_[row] = collapsed_slot[outline_[row].slot];
  show_lines();
}

void Browser::show_lines() {
  lines_.clear();
  std::optional<std::size_t> found;
  for (RowIndex row = 0; row < outline_.size(); row = is_collapsed(row) ? outline_[row].end : row + 1) {
    if (selected_key_ && outline_[row].key == *selected_key_) found = lines_.size();
    lines_.push_back(row);
  }
  // When a process is gone the one now in its line is selected.
  select_line(found.value_or(selected_));
}

void Browser::select_line(std::size_t line) {
  if (lines_.empty()) {
    selected_ = 0;
    selected_key_.reset();
    return;
  }
  selected_ = std::min(line, lines_.size() - 1);
  selected_key_ = outline_[selected()].key;
  keep_in_sight();
}

void Browser::keep_in_sight() {
  at_line_ = std::min({at_line_, height_ - 1, selected_});
  // No empty lines below the last while there are some above the first.
  const std::size_t below = lines_.size() - selected_;
  if (at_line_ + below < height_) at_line_ = std::min(selected_, height_ - below);
}

void Browser::set_place(std::size_t first, std::size_t lines) {
  first_line_ = first;
  height_ = std::max<std::size_t>(lines, 1);
  if (!lines_.empty()) keep_in_sight();
}

void Browser::move(std::ptrdiff_t lines) {
  const auto last = static_cast<std::ptrdiff_t>(lines_.size()) - 1;
  const std::ptrdiff_t to =
      std::clamp<std::ptrdiff_t>(static_cast<std::ptrdiff_t>(selected_) + lines, 0, last);
  const std::ptrdiff_t moved = to - static_cast<std::ptrdiff_t>(selected_);
  // On the screen too, up to its edge.
  at_line_ = static_cast<std::size_t>(std::clamp<std::ptrdiff_t>(
      static_cast<std::ptrdiff_t>(at_line_) + moved, 0, static_cast<std::ptrdiff_t>(height_) - 1));
  select_line(static_cast<std::size_t>(to));
}

// Moves what is in sight; the selection comes along where it would be out of it.
void Browser::scroll(std::ptrdiff_t lines) {
  const auto last_top = static_cast<std::ptrdiff_t>(lines_.size()) -
                        static_cast<std::ptrdiff_t>(std::min(height_, lines_.size()));
  const auto to = static_cast<std::size_t>(
      std::clamp<std::ptrdiff_t>(static_cast<std::ptrdiff_t>(top()) + lines, 0, last_top));
  const std::size_t line = std::clamp(selected_, to, to + height_ - 1);
  at_line_ = line - to;
  select_line(line);
}

void Browser::click(std::size_t screen_line) {
  if (screen_line < first_line_ || screen_line >= first_line_ + height_) return;
  const std::size_t line = top() + screen_line - first_line_;
  if (line < lines_.size()) move(static_cast<std::ptrdiff_t>(line) - static_cast<std::ptrdiff_t>(selected_));
}

void Browser::select_row(RowIndex row) {
  bool unfolded = false;
  for (RowIndex above = outline_[row].parent; above != kNoRow; above = outline_[above].parent) {
    if (!is_collapsed(above)) continue;
    set_collapsed(above, false);
    unfolded = true;
  }
  if (unfolded) show_lines();
  const auto line = static_cast<std::size_t>(std::ranges::lower_bound(lines_, row) - lines_.begin());
  if (line >= top() && line < top() + height_) {
    move(static_cast<std::ptrdiff_t>(line) - static_cast<std::ptrdiff_t>(selected_));
  } else {
    at_line_ = height_ / 2;  // with what stands around it
    select_line(line);
  }
}

void Browser::set_collapsed(RowIndex row, bool collapsed) {
  if (is_collapsed(row) == collapsed) return;
  collapsed_row_[row] = collapsed;
  if (collapsed) {
    collapsed_.push_back(outline_[row].key);
  } else {
    std::erase(collapsed_, outline_[row].key);
  }
}

void Browser::uncollapse_all() {
  collapsed_.clear();
  collapsed_row_.assign(outline_.size(), false);
}

void Browser::fold(RowIndex row, bool collapsed) {
  set_collapsed(row, collapsed);
  show_lines();
}

void Browser::toggle() {
  const RowIndex row = selected();
  if (is_collapsed(row)) {
    fold(row, false);
  } else if (has_children(row)) {
    fold(row, true);
  }
}

// Folds it; if there is nothing to fold, moves to its parent.
void Browser::go_left() {
  const RowIndex row = selected();
  if (has_children(row) && !is_collapsed(row)) {
    fold(row, true);
  } else if (outline_[row].parent != kNoRow) {
    select_row(outline_[row].parent);
  }
}

void Browser::go_right() {
  const RowIndex row = selected();
  if (is_collapsed(row)) {
    fold(row, false);
  } else if (has_children(row)) {
    move(1);
  }
}

// All but the roots, of which one has nearly all processes below it.
void Browser::collapse_all() {
  RowIndex row = selected();
  while (outline_[row].depth > 1) row = outline_[row].parent;
  selected_key_ = outline_[row].key;
  uncollapse_all();
  for (RowIndex at = 0; at < outline_.size(); ++at) {
    if (outline_[at].depth == 1 && has_children(at)) set_collapsed(at, true);
  }
  show_lines();
}

void Browser::find_again(Direction direction) {
  const RowIndex row = selected();
  const RowIndex size = outline_.size();
  const RowIndex start = (direction == Direction::forwards ? row + 1 : row + size - 1) % size;
  const RowIndex found = search(outline_, row_text_, sought_, start, direction);
  not_found_ = found == kNoRow && !sought_.empty();
  if (found != kNoRow) select_row(found);
}

// From where the search began: a longer text may match what a shorter one passed over.
void Browser::find_typed() {
  RowIndex start = typed_from_ ? outline_.find(*typed_from_) : kNoRow;
  if (start == kNoRow) start = selected();
  const RowIndex found = search(outline_, row_text_, sought_, start, Direction::forwards);
  not_found_ = found == kNoRow && !sought_.empty();
  select_row(found == kNoRow ? start : found);
}

bool Browser::take_typed(const Key& key) {
  switch (key.name) {
    case Key::Name::text:
      if (sought_.size() + key.text.size() > kSoughtMost) return true;
      append_visible(sought_, key.text);
      find_typed();
      break;
    case Key::Name::backspace:
      if (sought_.empty()) {
        typing_ = false;
        break;
      }
      drop_last_character(sought_);
      find_typed();
      break;
    case Key::Name::escape:
      sought_.clear();
      find_typed();
      sought_ = sought_before_;
      typing_ = false;
      break;
    default:
      typing_ = false;
      if (sought_.empty()) {
        sought_ = sought_before_;
        if (key.name == Key::Name::enter) find_again(Direction::forwards);
      }
      return key.name == Key::Name::enter;
  }
  return true;
}

bool Browser::press_anywhere(const Key& key) {
  if (key.text == "q") {
    quit_ = true;
  } else if (key.text == "p") {
    pause_ = !pause_;
  } else if (key.text == "?") {
    help_ = true;
  } else {
    return false;
  }
  return true;
}

void Browser::press(const Key& key) {
  if (help_) {  // any key leads back
    help_ = false;
    return;
  }
  if (lines_.empty()) {
    typing_ = false;
    press_anywhere(key);
    return;
  }
  if (typing_ && take_typed(key)) return;
  not_found_ = false;
  if (press_anywhere(key)) return;
  const auto page = static_cast<std::ptrdiff_t>(height_);
  const auto all = static_cast<std::ptrdiff_t>(lines_.size());
  switch (key.name) {
    case Key::Name::text:
      if (key.text.size() == 1) press_character(key.text.front());
      break;
    case Key::Name::up:
      return move(-1);
    case Key::Name::down:
      return move(1);
    case Key::Name::page_up:
      return move(-page);
    case Key::Name::page_down:
      return move(page);
    case Key::Name::home:
      return move(-all);
    case Key::Name::end:
      return move(all);
    case Key::Name::left:
      return go_left();
    case Key::Name::right:
      return go_right();
    case Key::Name::enter:
      return toggle();
    case Key::Name::tab:
      all_details_ = !all_details_;
      break;
    case Key::Name::click:
      return click(key.line);
    case Key::Name::wheel_up:
      return scroll(-kWheelLines);
    case Key::Name::wheel_down:
      return scroll(kWheelLines);
    case Key::Name::escape:
    case Key::Name::backspace:
      break;
  }
}

void Browser::press_character(char c) {
  const auto all = static_cast<std::ptrdiff_t>(lines_.size());
  switch (c) {
    case 'k':
      return move(-1);
    case 'j':
      return move(1);
    case 'h':
      return go_left();
    case 'l':
      return go_right();
    case 'g':
      return move(-all);
    case 'G':
      return move(all);
    case ' ':
      return toggle();
    case '-':
      return collapse_all();
    case '+':
      uncollapse_all();
      return show_lines();
    case '/':
      typing_ = true;
      typed_from_ = selected_key_;
      sought_before_ = std::exchange(sought_, {});
      break;
    case 'n':
      return find_again(Direction::forwards);
    case 'N':
      return find_again(Direction::backwards);
    default:
      break;
  }
}

}  // namespace proctree::watch
