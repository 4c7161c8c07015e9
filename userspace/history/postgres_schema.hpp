// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// The tables of a history store in PostgreSQL: those of SQLite, as docs/history.md describes them, the three
// large ones in a part a day.
#pragma once

#include <cstdint>
#include <unordered_set>

#include "history/database.hpp"
#include "history/postgres_connection.hpp"

namespace proctree {

// Tables are made where there are none.
[[nodiscard]] Result<void> prepare_postgres_tables(PostgresConnection& connection);
// Within a transaction: tables of an older version become this one's. The version that they were of.
[[nodiscard]] Result<std::int64_t> renew_postgres_tables(const Database& database);
// An error: there are none of this version.
[[nodiscard]] Result<void> check_postgres_tables(PostgresConnection& connection);

// The parts of those tables. A day of nobody's memory has none of its own: its rows are in `…_default`.
class PostgresDays {
 public:
  static constexpr std::int64_t kDayNs = 86'400'000'000'000;

  explicit PostgresDays(PostgresConnection& connection) : connection_(connection) {}
  // Within a transaction: the day of that time has its part where it can.
  Result<void> expect(std::int64_t time_ns);
  // Within a transaction, the oldest day that ends at `until_ns` or before: Database::drop_part().
  Result<PartDrop> drop(std::int64_t until_ns);
  // Others may have made parts, or dropped them.
  void forget() {
    last_ = INT64_MIN;
    known_.clear();
  }

 private:
  Result<bool> exists(const std::string& day);
  Result<void> make(const std::string& day, std::int64_t from_ns, std::int64_t to_ns);

  PostgresConnection& connection_;
  std::int64_t last_ = INT64_MIN;
  std::unordered_set<std::int64_t> known_;  // days since 1970
};

}  // namespace proctree
