// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "history/sqlite.hpp"

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

}  // namespace

void Statement::bind_one(int at, std::int64_t value) { sqlite3_bind_int64(statement_.get(), at, value); }
void Statement::bind_one(int at, std::string_view text) {
  sqlite3_bind_text64(statement_.get(), at, text.data() == nullptr ? "" : text.data(), text.size(),
                      SQLITE_TRANSIENT, SQLITE_UTF8);
}
void Statement::bind_one(int at, std::nullopt_t) { sqlite3_bind_null(statement_.get(), at); }
void Statement::bind_blob(int at, std::string_view bytes) {
  sqlite3_bind_blob64(statement_.get(), at, bytes.data(), bytes.size(), SQLITE_TRANSIENT);
}

Result<bool> Statement::step() {
  const int code = sqlite3_step(statement_.get());
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) return false;
  return sqlite_failed(sqlite3_db_handle(statement_.get()), code, *path_);
}

Result<std::optional<std::int64_t>> Statement::one() {
  const bool has_row = PROCTREE_TRY(step());
  const auto number = has_row ? maybe_number(0) : std::nullopt;
  reset();
  return number;
}

Result<void> Statement::run() {
  auto done = step();
  reset();
  if (!done) return tl::make_unexpected(std::move(done.error()));
  return {};
}

void Statement::reset() { sqlite3_reset(statement_.get()); }

std::int64_t Statement::number(int column) const { return sqlite3_column_int64(statement_.get(), column); }
std::optional<std::int64_t> Statement::maybe_number(int column) const {
  if (sqlite3_column_type(statement_.get(), column) == SQLITE_NULL) return std::nullopt;
  return number(column);
}
std::string_view Statement::text(int column) const {
  const void* bytes = sqlite3_column_blob(statement_.get(), column);
  const auto size = static_cast<std::size_t>(sqlite3_column_bytes(statement_.get(), column));
  return bytes == nullptr ? std::string_view() : std::string_view(static_cast<const char*>(bytes), size);
}

Result<Database> Database::open(const std::string& path, Access access) {
  Database opened;
  opened.path_ = std::make_unique<std::string>(path);
  const int flags =
      access == Access::read ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
  sqlite3* database = nullptr;
  // One thread uses it. A path that begins with `file:` is a path too.
  const int code = sqlite3_open_v2(path.c_str(), &database, flags | SQLITE_OPEN_NOMUTEX, nullptr);
  opened.database_.reset(database);
  if (code != SQLITE_OK) return sqlite_failed(database, code, path);
  sqlite3_extended_result_codes(database, 1);
  sqlite3_busy_timeout(database, kBusyMs);
  // Nothing in the file, which another may have made, is executed.
  sqlite3_db_config(database, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
  sqlite3_db_config(database, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, nullptr);
  // The log stays beside the file when it is closed: who may only read could not make one.
  int keep = 1;
  sqlite3_file_control(database, "main", SQLITE_FCNTL_PERSIST_WAL, &keep);
  return opened;
}

Result<Statement> Database::prepare(std::string_view sql) const {
  Statement prepared;
  sqlite3_stmt* statement = nullptr;
  const int code = sqlite3_prepare_v3(database_.get(), sql.data(), static_cast<int>(sql.size()),
                                      SQLITE_PREPARE_PERSISTENT, &statement, nullptr);
  if (code != SQLITE_OK) return sqlite_failed(database_.get(), code, *path_);
  prepared.statement_.reset(statement);
  prepared.path_ = path_.get();
  return prepared;
}

Result<void> Database::execute(const char* sql) const {
  const int code = sqlite3_exec(database_.get(), sql, nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) return sqlite_failed(database_.get(), code, *path_);
  return {};
}

Result<std::int64_t> Database::number(std::string_view sql) const {
  auto statement = PROCTREE_TRY(prepare(sql));
  return PROCTREE_TRY(statement.one()).value_or(0);
}

}  // namespace proctree
