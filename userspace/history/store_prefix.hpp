// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// How a store is named where other places could be too; a program without SQLite knows it as well.
#pragma once

#include <string_view>

namespace proctree {

inline constexpr std::string_view kSqlitePrefix = "sqlite:";

}  // namespace proctree
