// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// The tables of a history store, as docs/history.md describes them, and opening one.
#pragma once

#include <string>
#include <string_view>

#include "base/file_descriptor.hpp"
#include "history/database.hpp"
#include "history/store_prefix.hpp"
#include "proctree/error.hpp"

namespace proctree {

inline constexpr std::int64_t kHistoryApplication = 0x70747265;  // "ptre", in the file's header
inline constexpr std::int64_t kHistoryVersion = 3;

// The second since 1970 that contains a time.
[[nodiscard]] constexpr std::int64_t second_of(std::int64_t time_ns) {
  constexpr std::int64_t kSecond = 1'000'000'000;
  return time_ns / kSecond - (time_ns % kSecond < 0 ? 1 : 0);
}

// The file of `sqlite:FILE`; an error where it is none.
[[nodiscard]] Result<std::string> history_file(const std::string& where);

// One process at a time fills a store; a missing file is made. Closed after the database: that ends SQLite's
// own locks.
[[nodiscard]] Result<FileDescriptor> lock_history(const std::string& path);
// An empty file becomes a store. An error, and nothing changed: it is another program's database, or of a
// newer version.
[[nodiscard]] Result<Database> open_history_to_write(const std::string& path);
// A store of this process alone, in a file that ends with it. `name`: whose lines it will hold, for errors.
[[nodiscard]] Result<Database> make_passing_history(const std::string& name);
// Within a transaction: tables of an older version become this one's; of the first one the lines alone are
// left. The version that they were of.
[[nodiscard]] Result<std::int64_t> renew_tables(const Database& database);
// Needs no permission to write.
[[nodiscard]] Result<Database> open_history_to_read(const std::string& path);

}  // namespace proctree
