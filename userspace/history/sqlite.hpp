// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// SQLite as the history's database: one file.
#pragma once

#include <cstdint>
#include <string>

#include "history/database.hpp"
#include "proctree/error.hpp"

namespace proctree {

enum class SqliteAccess : std::uint8_t {
  read,
  write,
  temporary,  // a new file without a name, in $TMPDIR, that ends with the database; the path is for errors
};

[[nodiscard]] Result<Database> open_sqlite(const std::string& path, SqliteAccess access);

}  // namespace proctree
