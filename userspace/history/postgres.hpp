// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// PostgreSQL as the history's database: a schema of its own, proctree, in one that the address names.
#pragma once

#include <memory>
#include <string>

#include "history/database.hpp"
#include "history/postgres_connection.hpp"
#include "proctree/error.hpp"
#include "ship/remote_options.hpp"

namespace proctree {

[[nodiscard]] Database postgres_database(std::unique_ptr<PostgresConnection> connection);

// Tables are made where there are none. An error, and nothing changed: the schema is another program's, or of
// a newer version.
[[nodiscard]] Result<Database> open_postgres_to_write(const std::string& where, const RemoteOptions& remote);
// Needs no permission but to read.
[[nodiscard]] Result<Database> open_postgres_to_read(const std::string& where, const RemoteOptions& remote);

}  // namespace proctree
