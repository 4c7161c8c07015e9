// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "history/sqlite.hpp"

#include <fcntl.h>
#include <sqlite3.h>
#include <unistd.h>

#include <memory>
#include <utility>

#include "base/try.hpp"

namespace proctree {

namespace {

constexpr int kBusyMs = 10'000;

// With the system's own words, where it was the system that refused.
tl::unexpected<Error> cannot_open(sqlite3* database, const std::string& path, const std::string& reason) {
  constexpr const char* kRemedy =
      "look whether it is there, and who may read it and the folder that it is in";
  if (const int error = database == nullptr ? 0 : sqlite3_system_errno(database); error != 0)
    return fail_errno(path + ": cannot be opened", error, kRemedy);
  return fail(ErrorCode::permission, path + ": cannot be opened: " + reason, kRemedy);
}

tl::unexpected<Error> sqlite_failed(sqlite3* database, int code, const std::string& path) {
  const std::string reason = database != nullptr ? sqlite3_errmsg(database) : sqlite3_errstr(code);
  switch (code & 0xff) {
    case SQLITE_NOTADB:
      return fail(ErrorCode::corrupt, path + ": this is no history store",
                  "name the file of one, or a new one");
    case SQLITE_CORRUPT:
      return fail(ErrorCode::corrupt, path + ": the store is damaged: " + reason,
                  "take a copy that was made while nothing wrote it, or fill a new one from the spool");
    case SQLITE_CANTOPEN:
    case SQLITE_PERM:
    case SQLITE_AUTH:
      return cannot_open(database, path, reason);
    case SQLITE_READONLY:
      return fail(ErrorCode::permission, path + ": may only be read: " + reason,
                  "become the user who fills it, or name another file");
    case SQLITE_FULL:
      return fail(ErrorCode::io, path + ": no room on the disk",
                  "make room; nothing that came before is harmed");
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return fail(ErrorCode::io, path + ": another process writes it", "wait until that is done");
    default:
      return fail(ErrorCode::io, path + ": " + reason);
  }
}

struct Finalize {
  void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
};
struct Close {
  void operator()(sqlite3* database) const { sqlite3_close_v2(database); }
};

std::string log_of(const std::string& path) { return path + "-wal"; }
bool exists(const std::string& path) { return ::faccessat(AT_FDCWD, path.c_str(), F_OK, AT_EACCESS) == 0; }

// How a file is read. Without its log, by who may not make one, it is read as it is: SQLite then looks at no
// lock and at no change.
enum class Reading : std::uint8_t { with_log, as_it_is };

class SqliteStatement final : public StatementBackend {
 public:
  SqliteStatement(sqlite3_stmt* statement, const std::string& path, Reading reading)
      : statement_(statement), path_(path), reading_(reading) {}

  void bind_number(int at, std::int64_t value) override { sqlite3_bind_int64(statement_.get(), at, value); }
  void bind_text(int at, std::string_view text) override {
    sqlite3_bind_text64(statement_.get(), at, text.data() == nullptr ? "" : text.data(), text.size(),
                        SQLITE_TRANSIENT, SQLITE_UTF8);
  }
  void bind_blob(int at, std::string_view bytes) override {
    sqlite3_bind_blob64(statement_.get(), at, bytes.data(), bytes.size(), SQLITE_TRANSIENT);
  }
  void bind_null(int at) override { sqlite3_bind_null(statement_.get(), at); }

  Result<bool> step() override {
    const int code = sqlite3_step(statement_.get());
    // Who fills it makes a log before the file changes.
    if (reading_ == Reading::as_it_is && exists(log_of(path_)))
      return fail(ErrorCode::io, path_ + ": another process began to fill the store while it was read",
                  "ask again");
    if (code == SQLITE_ROW) return true;
    if (code == SQLITE_DONE) return false;
    return sqlite_failed(sqlite3_db_handle(statement_.get()), code, path_);
  }
  Result<void> run() override {
    auto done = step();
    reset();
    if (!done) return tl::make_unexpected(std::move(done.error()));
    return {};
  }
  void reset() override { sqlite3_reset(statement_.get()); }

  [[nodiscard]] std::optional<std::int64_t> maybe_number(int column) const override {
    if (sqlite3_column_type(statement_.get(), column) == SQLITE_NULL) return std::nullopt;
    return sqlite3_column_int64(statement_.get(), column);
  }
  [[nodiscard]] std::string_view text(int column) const override {
    const void* bytes = sqlite3_column_blob(statement_.get(), column);
    const auto size = static_cast<std::size_t>(sqlite3_column_bytes(statement_.get(), column));
    return bytes == nullptr ? std::string_view() : std::string_view(static_cast<const char*>(bytes), size);
  }

 private:
  std::unique_ptr<sqlite3_stmt, Finalize> statement_;
  const std::string& path_;
  const Reading reading_;
};

// One process writes the file at a time, and all its rows are in one.
class SqliteDatabase final : public DatabaseBackend {
 public:
  SqliteDatabase(sqlite3* database, std::string path, Reading reading)
      : path_(std::move(path)), reading_(reading), database_(database) {}

  Result<Statement> prepare(std::string_view sql, Rows /*rows*/) override {
    sqlite3_stmt* statement = nullptr;
    const int code = sqlite3_prepare_v3(database_.get(), sql.data(), static_cast<int>(sql.size()),
                                        SQLITE_PREPARE_PERSISTENT, &statement, nullptr);
    if (code != SQLITE_OK) return sqlite_failed(database_.get(), code, path_);
    return Statement(std::make_unique<SqliteStatement>(statement, path_, reading_));
  }
  Result<Statement> prepare_insertion(const Insertion& insertion) override {
    std::string sql = "INSERT INTO ";
    sql.append(insertion.table).append("(").append(insertion.columns).append(") VALUES(?");
    for (const char c : insertion.columns) sql += c == ',' ? ",?" : "";
    return prepare(sql.append(")") + insertion.on_conflict(), Rows::few);
  }
  Result<void> execute(const char* sql) override {
    const int code = sqlite3_exec(database_.get(), sql, nullptr, nullptr, nullptr);
    if (code != SQLITE_OK) return sqlite_failed(database_.get(), code, path_);
    return {};
  }
  Result<void> begin_reading() override { return execute("BEGIN"); }
  Result<bool> begin_writing() override {
    PROCTREE_CHECK(execute("BEGIN IMMEDIATE"));
    return false;
  }
  Result<void> commit() override { return execute("COMMIT"); }
  Result<void> expect_rows_of(std::int64_t /*time_ns*/) override { return {}; }
  Result<std::int64_t> changes() override { return sqlite3_changes64(database_.get()); }
  Result<void> prepare_dropping() override { return {}; }
  Result<std::int64_t> used_bytes() override {
    const std::int64_t pages = PROCTREE_TRY(number("PRAGMA page_count"));
    const std::int64_t free = PROCTREE_TRY(number("PRAGMA freelist_count"));
    const std::int64_t size = PROCTREE_TRY(number("PRAGMA page_size"));
    return (pages - free) * size;
  }
  [[nodiscard]] std::int64_t part_ns() const override { return 1; }
  Result<PartDrop> drop_part(std::int64_t /*until_ns*/) override { return PartDrop::none; }
  Result<void> give_back() override { return execute("PRAGMA incremental_vacuum(1024)"); }
  [[nodiscard]] const std::string& name() const override { return path_; }

 private:
  Result<std::int64_t> number(std::string_view sql) {
    auto statement = PROCTREE_TRY(prepare(sql, Rows::few));
    return PROCTREE_TRY(statement.one()).value_or(0);
  }

  const std::string path_;
  const Reading reading_;
  std::unique_ptr<sqlite3, Close> database_;
};

// The path as SQLite's own kind of address.
std::string address_of(const std::string& path) {
  std::string address = path.starts_with('/') ? "file://" : "file:";
  for (const char c : path) {
    const bool is_plain =
        (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '/';
    if (is_plain) {
      address += c;
    } else {
      constexpr const char* kDigits = "0123456789abcdef";
      const auto byte = static_cast<unsigned char>(c);
      ((address += '%') += kDigits[byte >> 4U]) += kDigits[byte & 0xfU];
    }
  }
  return address;
}

// One thread uses it. `file`: the path as SQLite takes it. A path that begins with `file:` is a path too.
Result<std::unique_ptr<SqliteDatabase>> open_file(const std::string& path, const std::string& file, int flags,
                                                  Reading reading) {
  sqlite3* database = nullptr;
  const int code = sqlite3_open_v2(file.c_str(), &database, flags | SQLITE_OPEN_NOMUTEX, nullptr);
  auto opened = std::make_unique<SqliteDatabase>(database, path, reading);
  if (code != SQLITE_OK) return sqlite_failed(database, code, path);
  sqlite3_extended_result_codes(database, 1);
  sqlite3_busy_timeout(database, kBusyMs);
  // Nothing in the file, which others may have made, is executed.
  sqlite3_db_config(database, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
  sqlite3_db_config(database, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, nullptr);
  // The log stays beside the file when it is closed: a reader without write permission could not make one.
  int keep = 1;
  sqlite3_file_control(database, "main", SQLITE_FCNTL_PERSIST_WAL, &keep);
  return opened;
}

}  // namespace

Result<Database> open_sqlite(const std::string& path, SqliteAccess access) {
  const bool is_read = access == SqliteAccess::read;
  const int flags = is_read ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
  // SQLite makes a file without a name where it gets no path.
  const std::string file = access == SqliteAccess::temporary ? "" : path;
  auto opened = PROCTREE_TRY(open_file(path, file, flags, Reading::with_log));
  // The log may be gone: others remove it, and a copy by `.backup` never had one.
  if (is_read && !exists(log_of(path))) {
    const auto looked = opened->execute("SELECT 1 FROM sqlite_schema");
    if (!looked && looked.error().code == ErrorCode::permission)
      opened = PROCTREE_TRY(
          open_file(path, address_of(path) + "?immutable=1", flags | SQLITE_OPEN_URI, Reading::as_it_is));
  }
  return Database(std::move(opened));
}

}  // namespace proctree
