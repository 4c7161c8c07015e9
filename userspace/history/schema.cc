// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "history/schema.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "base/file_descriptor.hpp"
#include "base/try.hpp"

namespace proctree {

namespace {

// All times are nanoseconds since 1970.
constexpr const char* kTables = R"sql(
PRAGMA page_size = 8192;
PRAGMA auto_vacuum = INCREMENTAL;
PRAGMA journal_mode = WAL;
BEGIN IMMEDIATE;
CREATE TABLE string(id INTEGER PRIMARY KEY, text TEXT NOT NULL UNIQUE);
CREATE TABLE args(id INTEGER PRIMARY KEY, hash INTEGER NOT NULL, list TEXT NOT NULL); -- a JSON array
CREATE INDEX args_hash ON args(hash);
CREATE TABLE host(id INTEGER PRIMARY KEY, machine_id TEXT, name TEXT NOT NULL);
CREATE TABLE boot(id INTEGER PRIMARY KEY, prefix TEXT NOT NULL UNIQUE, host INTEGER REFERENCES host);
CREATE TABLE stream(
  id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, boot INTEGER NOT NULL REFERENCES boot,
  source TEXT, version TEXT,
  started_ns INTEGER, stopped_ns INTEGER,         -- its first and its last line
  first_ns INTEGER, last_ns INTEGER,              -- of the lines that are here
  snapshot INTEGER NOT NULL DEFAULT 0);           -- it told what ran already
CREATE TABLE ingested(stream INTEGER NOT NULL REFERENCES stream, seq_from INTEGER NOT NULL, seq_to INTEGER NOT NULL,
  PRIMARY KEY(stream, seq_from)) WITHOUT ROWID;
CREATE TABLE line_block( -- the lines themselves: zstd, each ended by a newline, by their numbers
  id INTEGER PRIMARY KEY, stream INTEGER NOT NULL REFERENCES stream, seq_from INTEGER NOT NULL, seq_to INTEGER NOT NULL,
  first_ns INTEGER NOT NULL, last_ns INTEGER NOT NULL, lines BLOB NOT NULL);
CREATE INDEX line_block_seq ON line_block(stream, seq_from, seq_to);
CREATE TABLE process(
  id INTEGER PRIMARY KEY,                         -- its birth, or the next number that was free
  boot INTEGER NOT NULL REFERENCES boot, pid INTEGER NOT NULL, start_ns INTEGER NOT NULL, -- since boot
  born_ns INTEGER,                                -- where that is another time than id
  known INTEGER NOT NULL DEFAULT 0,               -- by 3 its fork, 2 a snapshot, 1 exec or exit, 0 others' lines
  told_ns INTEGER,                                -- when that line was written
  creator INTEGER REFERENCES process, creator_pid INTEGER, -- the latter where no more is known; 0: it has none
  edge INTEGER,                                   -- 0 observed, 1 snapshot, 2 inferred; NULL: not told
  comm INTEGER REFERENCES string, exe INTEGER REFERENCES string, user INTEGER REFERENCES string, -- at birth
  container INTEGER REFERENCES string, entry TEXT,
  seen_ns INTEGER,                                -- the last snapshot that it was in
  ended_ns INTEGER, exit_code INTEGER, signal INTEGER,
  end_inferred INTEGER,                           -- 1: found ended after a loss, at some time before ended_ns
  user_ns INTEGER, system_ns INTEGER, max_rss_kb INTEGER,
  stream INTEGER REFERENCES stream, seq INTEGER,  -- the line that told of it
  exit_stream INTEGER REFERENCES stream, exit_seq INTEGER);
CREATE UNIQUE INDEX process_key ON process(boot, pid, start_ns);
CREATE INDEX process_creator ON process(creator) WHERE creator IS NOT NULL;
CREATE INDEX process_long ON process(id) WHERE ended_ns IS NULL OR ended_ns - id > 60000000000;
CREATE TABLE image(
  process INTEGER NOT NULL REFERENCES process, exec_seq INTEGER NOT NULL,
  at_ns INTEGER NOT NULL,                         -- its exec; where not observed when it was told
  observed INTEGER NOT NULL,
  comm INTEGER REFERENCES string, exe INTEGER REFERENCES string, args INTEGER REFERENCES args,
  user INTEGER REFERENCES string, cwd INTEGER REFERENCES string, container INTEGER REFERENCES string, entry TEXT,
  stream INTEGER NOT NULL REFERENCES stream, seq INTEGER NOT NULL,
  PRIMARY KEY(process, exec_seq)) WITHOUT ROWID;
CREATE TABLE loss( -- what is not known
  stream INTEGER NOT NULL REFERENCES stream, seq INTEGER NOT NULL, seq_to INTEGER NOT NULL,
  place TEXT NOT NULL,                            -- ring, restart, disk or spool
  since_ns INTEGER, until_ns INTEGER NOT NULL, count INTEGER, line TEXT, -- its line where that has no number
  PRIMARY KEY(stream, seq, place)) WITHOUT ROWID;
CREATE TABLE resync(stream INTEGER NOT NULL REFERENCES stream, seq INTEGER NOT NULL, at_ns INTEGER NOT NULL,
  PRIMARY KEY(stream, seq)) WITHOUT ROWID;
CREATE TABLE repeat( -- lives that were counted: like that of the line `of`
  stream INTEGER NOT NULL REFERENCES stream, seq INTEGER NOT NULL, of INTEGER NOT NULL,
  forks INTEGER NOT NULL, execs INTEGER NOT NULL, exits INTEGER NOT NULL, failures INTEGER NOT NULL,
  PRIMARY KEY(stream, seq)) WITHOUT ROWID;
CREATE VIEW life AS -- a process and its last image, in words
SELECT p.id AS process, b.prefix || '-' || p.pid || '-' || (p.start_ns / 10000000) AS id, p.pid AS pid,
  p.creator AS creator, datetime(coalesce(p.born_ns, p.id) / 1000000000, 'unixepoch') AS born,
  datetime(p.ended_ns / 1000000000, 'unixepoch') AS ended, p.exit_code AS exit_code, p.signal AS signal,
  (SELECT text FROM string WHERE id = coalesce(i.comm, p.comm)) AS comm,
  (SELECT text FROM string WHERE id = coalesce(i.exe, p.exe)) AS exe,
  (SELECT list FROM args WHERE id = i.args) AS args,
  (SELECT text FROM string WHERE id = coalesce(i.user, p.user)) AS user,
  (SELECT text FROM string WHERE id = coalesce(i.container, p.container)) AS container,
  coalesce(i.entry, p.entry) AS entry, h.name AS host
FROM process p JOIN boot b ON b.id = p.boot LEFT JOIN host h ON h.id = b.host
LEFT JOIN image i ON i.process = p.id AND i.exec_seq = (SELECT max(exec_seq) FROM image WHERE process = p.id);
PRAGMA application_id = 1886679653;
PRAGMA user_version = 1;
COMMIT;
)sql";
static_assert(kHistoryApplication == 1886679653 && kHistoryVersion == 1, "as they stand above");

// What SQLite's header says: an empty file is none yet.
Result<bool> is_store(const Database& database) {
  const std::int64_t application = PROCTREE_TRY(database.number("PRAGMA application_id"));
  const std::int64_t version = PROCTREE_TRY(database.number("PRAGMA user_version"));
  const std::int64_t tables = PROCTREE_TRY(database.number("SELECT count(*) FROM sqlite_schema"));
  if (application == 0 && version == 0 && tables == 0) return false;
  if (application != kHistoryApplication)
    return fail(ErrorCode::corrupt, database.path() + ": this is another program's database",
                "name a history store, or a new file");
  if (version > kHistoryVersion) {
    return fail(
        ErrorCode::unsupported, database.path() + ": version " + std::to_string(version) + " of the store",
        "this proctree knows versions up to " + std::to_string(kHistoryVersion) + "; take a newer one");
  }
  return true;
}

}  // namespace

Result<std::string> history_file(const std::string& where) {
  if (where.starts_with("postgresql://"))
    return fail(ErrorCode::unsupported, "postgresql:// takes the program proctree-ship",
                "install the package proctree-ship");
  if (!where.starts_with(kSqlitePrefix) || where.size() == kSqlitePrefix.size())
    return fail(ErrorCode::invalid_argument, where + " names no history store", "write sqlite:FILE");
  return where.substr(kSqlitePrefix.size());
}

Result<Database> open_history_to_write(const std::string& path) {
  // What processes were called with is not for everybody to read. SQLite takes its other files' modes from
  // this.
  const FileDescriptor made(::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0640));
  if (!made.valid() && errno != EEXIST)
    return fail_errno(path + ": cannot be made", errno, "name a file in a folder that you may write");
  auto database = PROCTREE_TRY(Database::open(path, Database::Access::write));
  if (!PROCTREE_TRY(is_store(database))) PROCTREE_CHECK(database.execute(kTables));
  PROCTREE_CHECK(
      database.execute("PRAGMA synchronous = FULL; PRAGMA cache_size = -65536; PRAGMA foreign_keys = OFF"));
  return database;
}

Result<Database> open_history_to_read(const std::string& path) {
  if (::faccessat(AT_FDCWD, path.c_str(), F_OK, AT_EACCESS) != 0)
    return fail_errno(path + ": there is no history store", errno,
                      "fill one with proctree ship --to sqlite:FILE");
  auto database = PROCTREE_TRY(Database::open(path, Database::Access::read));
  if (!PROCTREE_TRY(is_store(database)))
    return fail(ErrorCode::not_found, path + ": nothing was ever stored here",
                "fill it with proctree ship --to sqlite:FILE");
  PROCTREE_CHECK(database.execute("PRAGMA cache_size = -16384; PRAGMA query_only = ON"));
  return database;
}

}  // namespace proctree
