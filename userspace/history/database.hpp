// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// What the history needs of a database, whichever it is: statements in SQLite's syntax, rows, transactions.
// Errors are values, statements end with their scope.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "proctree/error.hpp"

namespace proctree {

// A statement of one kind of database.
class StatementBackend {
 public:
  virtual ~StatementBackend() = default;
  virtual void bind_number(int at, std::int64_t value) = 0;
  virtual void bind_text(int at, std::string_view text) = 0;
  virtual void bind_blob(int at, std::string_view bytes) = 0;
  virtual void bind_null(int at) = 0;
  virtual Result<bool> step() = 0;
  virtual Result<void> run() = 0;
  virtual void reset() = 0;
  [[nodiscard]] virtual std::optional<std::int64_t> maybe_number(int column) const = 0;
  [[nodiscard]] virtual std::string_view text(int column) const = 0;
};

// A statement that is prepared once and run often. Columns are those of the row that step() came to; texts
// are valid until the next step() or reset().
class Statement {
 public:
  Statement() = default;
  explicit Statement(std::unique_ptr<StatementBackend> backend) : backend_(std::move(backend)) {}

  // Parameters in their order; reset() comes first.
  template <class... Values>
  Statement& bind(const Values&... values) {
    reset();
    int at = 0;
    (bind_one(++at, values), ...);
    return *this;
  }
  void bind_one(int at, std::int64_t value) { backend_->bind_number(at, value); }
  void bind_one(int at, std::uint64_t value) { bind_one(at, static_cast<std::int64_t>(value)); }
  void bind_one(int at, std::string_view text) { backend_->bind_text(at, text); }
  void bind_one(int at, std::nullopt_t) { backend_->bind_null(at); }
  void bind_blob(int at, std::string_view bytes) { backend_->bind_blob(at, bytes); }
  template <class T>
  void bind_one(int at, const std::optional<T>& value) {
    value ? bind_one(at, *value) : bind_one(at, std::nullopt);
  }

  // True: there is a row.
  Result<bool> step() { return backend_->step(); }
  // Of a query with at most one row, its first column; none: there is no row, or it is NULL. Then reset().
  Result<std::optional<std::int64_t>> one();
  // For what has no rows. A database beyond a network may report its error by a later statement, COMMIT at
  // the latest.
  Result<void> run() { return backend_->run(); }
  void reset() { backend_->reset(); }

  [[nodiscard]] std::int64_t number(int column) const { return maybe_number(column).value_or(0); }
  [[nodiscard]] std::optional<std::int64_t> maybe_number(int column) const {
    return backend_->maybe_number(column);
  }
  // Of a text or a blob; empty: NULL.
  [[nodiscard]] std::string_view text(int column) const { return backend_->text(column); }

 private:
  std::unique_ptr<StatementBackend> backend_;
};

// How many rows a query may have: those of `many` are fetched as they are asked for.
enum class Rows : std::uint8_t { few, many };

// Rows that come by the thousand, for one table. A row whose `key` is there already is left out, or with
// `update` changes that one.
struct Insertion {
  std::string_view table;
  std::string_view columns;      // separated by ", "
  std::string_view key = {};     // columns; empty: no row may be there already
  std::string_view update = {};  // what follows DO UPDATE SET
  std::string_view best = {};    // with `update`: which of several new rows it takes, as ORDER BY has it

  // What follows the rows: of a key that is there already. Begins with a blank, or is empty.
  [[nodiscard]] std::string on_conflict() const;
};

// The result of dropping the oldest part.
enum class PartDrop : std::uint8_t {
  none,  // there is none
  dropped,
  busy,  // a reader has it locked: later
};

class DatabaseBackend {
 public:
  virtual ~DatabaseBackend() = default;
  virtual Result<Statement> prepare(std::string_view sql, Rows rows) = 0;
  virtual Result<Statement> prepare_insertion(const Insertion& insertion) = 0;
  virtual Result<void> execute(const char* sql) = 0;
  virtual Result<void> begin_reading() = 0;
  virtual Result<bool> begin_writing() = 0;
  virtual Result<void> commit() = 0;
  virtual Result<void> expect_rows_of(std::int64_t time_ns) = 0;
  virtual Result<std::int64_t> changes() = 0;
  virtual Result<void> prepare_dropping() = 0;
  virtual Result<std::int64_t> used_bytes() = 0;
  [[nodiscard]] virtual std::int64_t part_ns() const = 0;
  virtual Result<PartDrop> drop_part(std::int64_t until_ns) = 0;
  virtual Result<void> give_back() = 0;
  [[nodiscard]] virtual const std::string& name() const = 0;
};

class Database {
 public:
  explicit Database(std::unique_ptr<DatabaseBackend> backend) : backend_(std::move(backend)) {}

  Result<Statement> prepare(std::string_view sql, Rows rows = Rows::few) const {
    return backend_->prepare(sql, rows);
  }
  Result<Statement> prepare_insertion(const Insertion& insertion) const {
    return backend_->prepare_insertion(insertion);
  }
  Result<void> execute(const char* sql) const { return backend_->execute(sql); }
  // Of a query with one row of one number.
  Result<std::int64_t> number(std::string_view sql) const;

  // All reads see one consistent state.
  Result<void> begin_reading() const { return backend_->begin_reading(); }
  // True: another process has written since this one's last transaction.
  Result<bool> begin_writing() const { return backend_->begin_writing(); }
  Result<void> commit() const { return backend_->commit(); }
  // Before rows of a table that lies in parts by its rows' time.
  Result<void> expect_rows_of(std::int64_t time_ns) const { return backend_->expect_rows_of(time_ns); }
  // How many rows the last statement changed.
  [[nodiscard]] Result<std::int64_t> changes() const { return backend_->changes(); }

  // For retention. Once, before the first transaction of it:
  Result<void> prepare_dropping() const { return backend_->prepare_dropping(); }
  // Then within a transaction. How large the store is:
  [[nodiscard]] Result<std::int64_t> used_bytes() const { return backend_->used_bytes(); }
  // A part that can be dropped as a whole spans a multiple of this; 1: there are no such parts.
  [[nodiscard]] std::int64_t part_ns() const { return backend_->part_ns(); }
  // The oldest that ends at `until_ns` or before; rows of processes that hadn't ended by then, and of what
  // anything retained descends from, stay.
  Result<PartDrop> drop_part(std::int64_t until_ns) const { return backend_->drop_part(until_ns); }
  // Returns some of the deleted rows' space to the file system.
  Result<void> give_back() const { return backend_->give_back(); }

  // As the user named it.
  [[nodiscard]] const std::string& name() const { return backend_->name(); }

 private:
  std::unique_ptr<DatabaseBackend> backend_;
};

}  // namespace proctree
