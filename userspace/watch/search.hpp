// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// Finding a process by a part of its "name(pid)", upper and lower case alike.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "tree/table_forest.hpp"
#include "watch/outline.hpp"

namespace proctree::watch {

enum class Direction : std::uint8_t { forwards, backwards };

// The first row that matches from `start` on, going round at the ends; kNoRow: none does, or the text is
// empty.
[[nodiscard]] RowIndex search(const Outline& outline, const TableForest& forest, std::string_view text,
                              RowIndex start, Direction direction);

}  // namespace proctree::watch
