// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "watch/outline.hpp"

#include <algorithm>

#include "tree/display.hpp"

namespace proctree::watch {

namespace {

constexpr char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool contains(std::string_view text, std::string_view part) {
  const auto same = [](char a, char b) { return lower(a) == lower(b); };
  return std::search(text.begin(), text.end(), part.begin(), part.end(), same) != text.end();
}

}  // namespace

void Outline::rebuild(const ProcessTable& table, const TableForest& forest) {
  rows_.clear();
  open_.clear();
  const auto close_to = [this](std::size_t depth) {
    for (; open_.size() > depth; open_.pop_back()) rows_[open_.back()].end = size();
  };
  for (const Slot root : forest.roots()) {
    for_each_line(forest, root, [&](Slot slot, std::size_t depth, bool last) {
      close_to(depth);
      const RowIndex parent = open_.empty() ? kNoRow : open_.back();
      open_.push_back(size());
      rows_.push_back({slot, table.key(slot), static_cast<std::uint32_t>(depth), parent, 0, last});
    });
  }
  close_to(0);
}

RowIndex Outline::find(const ProcKey& key) const {
  const auto found = std::ranges::find(rows_, key, &Row::key);
  return found == rows_.end() ? kNoRow : static_cast<RowIndex>(found - rows_.begin());
}

RowIndex search(const Outline& outline, const RowText& text_of, std::string_view part, RowIndex start,
                Direction direction) {
  if (part.empty()) return kNoRow;
  const RowIndex size = outline.size();
  std::string text;
  for (RowIndex step = 0; step < size; ++step) {
    const RowIndex row =
        direction == Direction::forwards ? (start + step) % size : (start + size - step) % size;
    text.clear();
    text_of(text, row);
    if (contains(text, part)) return row;
  }
  return kNoRow;
}

}  // namespace proctree::watch
