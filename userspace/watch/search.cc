// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "watch/search.hpp"

#include <algorithm>

namespace proctree::watch {

namespace {

constexpr char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool contains(std::string_view text, std::string_view part) {
  const auto same = [](char a, char b) { return lower(a) == lower(b); };
  return std::search(text.begin(), text.end(), part.begin(), part.end(), same) != text.end();
}

}  // namespace

RowIndex search(const Outline& outline, const TableForest& forest, std::string_view text, RowIndex start,
                Direction direction) {
  if (text.empty()) return kNoRow;
  const RowIndex size = outline.size();
  std::string label;
  for (RowIndex step = 0; step < size; ++step) {
    const RowIndex row =
        direction == Direction::forwards ? (start + step) % size : (start + size - step) % size;
    label.clear();
    forest.append_label(label, outline[row].slot);
    if (contains(label, text)) return row;
  }
  return kNoRow;
}

}  // namespace proctree::watch
