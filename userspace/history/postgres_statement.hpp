// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// Statements of PostgreSQL: queries, and rows that come by the thousand.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "history/database.hpp"
#include "history/postgres_connection.hpp"

namespace proctree {

// SQLite's words in PostgreSQL's: ?1 is $1, and IS ?1 compares as NULL does.
[[nodiscard]] std::string postgres_sql(std::string_view sql);

class PostgresStatement final : public StatementBackend {
 public:
  // `cursor`: a name for one, by which rows are fetched as they are asked for; empty: all at once.
  PostgresStatement(PostgresConnection& connection, std::string_view sql, const std::string& cursor);
  ~PostgresStatement() override;
  PostgresStatement(const PostgresStatement&) = delete;
  PostgresStatement& operator=(const PostgresStatement&) = delete;

  void bind_number(int at, std::int64_t value) override { parameters_.set_number(at, value); }
  void bind_text(int at, std::string_view text) override { parameters_.set_text(at, text); }
  void bind_blob(int at, std::string_view bytes) override { parameters_.set_bytes(at, bytes); }
  void bind_null(int at) override { parameters_.set_null(at); }
  Result<bool> step() override;
  Result<void> run() override;
  void reset() override;
  [[nodiscard]] std::optional<std::int64_t> maybe_number(int column) const override;
  [[nodiscard]] std::string_view text(int column) const override;

 private:
  Result<void> fetch();

  PostgresConnection& connection_;
  PostgresCommand command_;
  PostgresParameters parameters_;
  std::string cursor_;
  bool is_open_ = false;  // the cursor
  int fetched_ = 0;       // how many rows it was last asked for
  PostgresResult result_;
  int row_ = -1;
  mutable std::vector<std::string> texts_;  // of columns whose texts had to be decoded
};

// Rows go by COPY to a temporary table, and from there where they belong.
class PostgresInsertion final : public StatementBackend, private PostgresGathered {
 public:
  PostgresInsertion(PostgresConnection& connection, const Insertion& insertion);
  ~PostgresInsertion() override { connection_.remove(this); }
  PostgresInsertion(const PostgresInsertion&) = delete;
  PostgresInsertion& operator=(const PostgresInsertion&) = delete;

  void bind_number(int at, std::int64_t value) override { column(at) = std::to_string(value); }
  void bind_text(int at, std::string_view text) override;
  void bind_blob(int at, std::string_view bytes) override;
  void bind_null(int at) override { column(at) = "\\N"; }
  Result<bool> step() override;
  Result<void> run() override;
  void reset() override {}
  [[nodiscard]] std::optional<std::int64_t> maybe_number(int) const override { return std::nullopt; }
  [[nodiscard]] std::string_view text(int) const override { return {}; }

 private:
  static constexpr std::size_t kMost = std::size_t{4} << 20;

  Result<void> send() override;
  [[nodiscard]] bool concerns(std::string_view sql) const override {
    return sql.find(table_) != std::string_view::npos;
  }
  std::string& column(int at);

  PostgresConnection& connection_;
  const std::string table_;
  std::string make_, copy_, insert_;  // SQL
  bool is_made_ = false;              // the temporary table
  std::vector<std::string> columns_;
  std::string rows_;
};

}  // namespace proctree
