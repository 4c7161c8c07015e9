// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// The lines of a tree in their order, as rows that know what is below them, and finding one by its text.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "tree/table_forest.hpp"

namespace proctree::watch {

using RowIndex = std::uint32_t;
inline constexpr RowIndex kNoRow = 0xffffffff;

struct Row {
  Slot slot = kNoSlot;
  ProcKey key;  // whose slot it was when the outline was made
  std::uint32_t depth = 0;
  RowIndex parent = kNoRow;
  RowIndex end = 0;   // the first row behind all that descends from it
  bool last = false;  // no sibling follows
};

class Outline {
 public:
  void rebuild(const ProcessTable& table, const TableForest& forest);

  [[nodiscard]] RowIndex size() const { return static_cast<RowIndex>(rows_.size()); }
  [[nodiscard]] const Row& operator[](RowIndex row) const { return rows_[row]; }
  [[nodiscard]] RowIndex find(const ProcKey& key) const;  // kNoRow: it has none

 private:
  std::vector<Row> rows_;
  std::vector<RowIndex> open_;  // while rebuilding: the newest row and its ancestors, by depth
};

// Appends what stands in a row.
using RowText = std::function<void(std::string& out, RowIndex row)>;

enum class Direction : std::uint8_t { forwards, backwards };

// The first row from `start` on that holds `part`, upper and lower case alike, wrapping round at the ends;
// kNoRow: none does, or `part` is empty.
[[nodiscard]] RowIndex search(const Outline& outline, const RowText& text_of, std::string_view part,
                              RowIndex start, Direction direction);

}  // namespace proctree::watch
