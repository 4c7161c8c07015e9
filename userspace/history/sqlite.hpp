// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// As much of SQLite as the history takes: errors are values, statements end with their scope.
#pragma once

#include <sqlite3.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "proctree/error.hpp"

namespace proctree {

// A statement that is prepared once and run often. Columns are those of the row that step() came to; texts
// are valid until the next step() or reset().
class Statement {
 public:
  Statement() = default;

  // Parameters in their order; reset() comes first.
  template <class... Values>
  Statement& bind(const Values&... values) {
    reset();
    int at = 0;
    (bind_one(++at, values), ...);
    return *this;
  }
  void bind_one(int at, std::int64_t value);
  void bind_one(int at, std::uint64_t value) { bind_one(at, static_cast<std::int64_t>(value)); }
  void bind_one(int at, std::string_view text);
  void bind_one(int at, std::nullopt_t);
  void bind_blob(int at, std::string_view bytes);
  template <class T>
  void bind_one(int at, const std::optional<T>& value) {
    value ? bind_one(at, *value) : bind_one(at, std::nullopt);
  }

  // True: there is a row.
  Result<bool> step();
  // Of a query with at most one row, its first column; none: there is no row, or it is NULL. Then reset().
  Result<std::optional<std::int64_t>> one();
  // For what has no rows.
  Result<void> run();
  void reset();

  [[nodiscard]] std::int64_t number(int column) const;
  [[nodiscard]] std::optional<std::int64_t> maybe_number(int column) const;
  [[nodiscard]] std::string_view text(int column) const;  // of a text or a blob; empty: NULL

 private:
  friend class Database;
  struct Finalize {
    void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
  };
  std::unique_ptr<sqlite3_stmt, Finalize> statement_;
  const std::string* path_ = nullptr;
};

class Database {
 public:
  enum class Access : std::uint8_t { read, write };
  static Result<Database> open(const std::string& path, Access access);

  Result<Statement> prepare(std::string_view sql) const;
  Result<void> execute(const char* sql) const;
  // Of a query with one row of one number.
  Result<std::int64_t> number(std::string_view sql) const;
  [[nodiscard]] std::int64_t changes() const { return sqlite3_changes64(database_.get()); }
  [[nodiscard]] const std::string& path() const { return *path_; }

 private:
  struct Close {
    void operator()(sqlite3* database) const { sqlite3_close_v2(database); }
  };
  std::unique_ptr<std::string> path_;
  std::unique_ptr<sqlite3, Close> database_;
};

}  // namespace proctree
