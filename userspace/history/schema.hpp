// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// The tables of a history store, as docs/history.md describes them, and opening one.
#pragma once

#include <string>
#include <string_view>

#include "history/sqlite.hpp"
#include "history/store_prefix.hpp"
#include "proctree/error.hpp"

namespace proctree {

inline constexpr std::int64_t kHistoryApplication = 0x70747265;  // "ptre", in the file's header
inline constexpr std::int64_t kHistoryVersion = 1;

// The file of `sqlite:FILE`; an error where it is none.
[[nodiscard]] Result<std::string> history_file(const std::string& where);

// A missing or empty file becomes a store. An error, and nothing changed: it is another program's database,
// or of a newer version.
[[nodiscard]] Result<Database> open_history_to_write(const std::string& path);
// Needs no permission to write.
[[nodiscard]] Result<Database> open_history_to_read(const std::string& path);

}  // namespace proctree
