// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "watch/outline.hpp"

#include <algorithm>

#include "tree/display.hpp"

namespace proctree::watch {

void Outline::rebuild(const TableForest& forest) {
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
      rows_.push_back({slot, static_cast<std::uint32_t>(depth), parent, 0, last});
    });
  }
  close_to(0);
}

RowIndex Outline::find(Slot slot) const {
  const auto found = std::ranges::find(rows_, slot, &Row::slot);
  return found == rows_.end() ? kNoRow : static_cast<RowIndex>(found - rows_.begin());
}

}  // namespace proctree::watch
