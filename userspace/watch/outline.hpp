// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// The lines of a tree in their order, as rows that know what is below them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "tree/table_forest.hpp"

namespace proctree::watch {

using RowIndex = std::uint32_t;
inline constexpr RowIndex kNoRow = 0xffffffff;

struct Row {
  Slot slot = kNoSlot;
  std::uint32_t depth = 0;
  RowIndex parent = kNoRow;
  RowIndex end = 0;   // the first row behind all that descends from it
  bool last = false;  // no sibling follows
};

class Outline {
 public:
  void rebuild(const TableForest& forest);

  [[nodiscard]] RowIndex size() const { return static_cast<RowIndex>(rows_.size()); }
  [[nodiscard]] const Row& operator[](RowIndex row) const { return rows_[row]; }
  [[nodiscard]] RowIndex find(Slot slot) const;  // kNoRow: it has none

 private:
  std::vector<Row> rows_;
  std::vector<RowIndex> open_;  // while rebuilding: the newest row and its ancestors, by depth
};

}  // namespace proctree::watch
