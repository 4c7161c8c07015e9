// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "history/schema.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "base/file_descriptor.hpp"
#include "base/try.hpp"
#include "history/sqlite.hpp"

namespace proctree {

namespace {

constexpr const char* kSettings = R"sql(
PRAGMA page_size = 8192;
PRAGMA auto_vacuum = INCREMENTAL;
PRAGMA journal_mode = WAL;
)sql";

// What is stored. All times are nanoseconds since 1970.
constexpr const char* kLineTables = R"sql(
CREATE TABLE string(id INTEGER PRIMARY KEY, text TEXT NOT NULL UNIQUE);
CREATE TABLE host(id INTEGER PRIMARY KEY, machine_id TEXT, name TEXT NOT NULL);
CREATE TABLE boot(id INTEGER PRIMARY KEY, prefix TEXT NOT NULL UNIQUE, host INTEGER REFERENCES host);
CREATE TABLE stream(
  id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, boot INTEGER NOT NULL REFERENCES boot,
  source TEXT, version TEXT,
  started_ns INTEGER, stopped_ns INTEGER,         -- its first and its last line
  first_ns INTEGER, last_ns INTEGER,              -- of the lines that are here
  snapshot INTEGER NOT NULL DEFAULT 0,            -- it told what ran already
  host TEXT, tracer TEXT);                        -- these objects of its start, as JSON
CREATE TABLE ingested(stream INTEGER NOT NULL REFERENCES stream, seq_from INTEGER NOT NULL, seq_to INTEGER NOT NULL,
  PRIMARY KEY(stream, seq_from)) WITHOUT ROWID;
CREATE TABLE line_block( -- the lines themselves: zstd, each ended by a newline, by their numbers
  id INTEGER PRIMARY KEY, stream INTEGER NOT NULL REFERENCES stream, seq_from INTEGER NOT NULL, seq_to INTEGER NOT NULL,
  first_ns INTEGER NOT NULL, last_ns INTEGER NOT NULL, lines BLOB NOT NULL);
CREATE INDEX line_block_seq ON line_block(stream, seq_from, seq_to);
CREATE TABLE loss( -- what is not known
  stream INTEGER NOT NULL REFERENCES stream,
  seq INTEGER NOT NULL, seq_to INTEGER NOT NULL,  -- its line's number; of disk and spool the lines that are missing
  place TEXT NOT NULL,                            -- ring, restart, disk or spool
  since_ns INTEGER, until_ns INTEGER NOT NULL,
  count INTEGER,                                  -- of events; of lines
  line TEXT,                                      -- spool: its line, while nothing has touched the range
  ktime_ns INTEGER,                               -- until_ns, since boot
  PRIMARY KEY(stream, seq, place)) WITHOUT ROWID;
CREATE TABLE resync(stream INTEGER NOT NULL REFERENCES stream, seq INTEGER NOT NULL, at_ns INTEGER NOT NULL,
  PRIMARY KEY(stream, seq)) WITHOUT ROWID;
CREATE TABLE repeat( -- lives that were counted: like that of the line `of`
  stream INTEGER NOT NULL REFERENCES stream, seq INTEGER NOT NULL, of INTEGER NOT NULL,
  forks INTEGER NOT NULL, execs INTEGER NOT NULL, exits INTEGER NOT NULL, failures INTEGER NOT NULL,
  PRIMARY KEY(stream, seq)) WITHOUT ROWID;
)sql";

// What their lines say of processes: it can be made again from them.
constexpr const char* kRowTables = R"sql(
CREATE INDEX line_block_last ON line_block(last_ns);
CREATE TABLE clock( -- a boot by one setting of its wall clock
  id INTEGER PRIMARY KEY, boot INTEGER NOT NULL REFERENCES boot, began_ns INTEGER NOT NULL);
CREATE TABLE program( -- an executable as it was run
  id INTEGER PRIMARY KEY, comm INTEGER REFERENCES string, exe INTEGER REFERENCES string,
  user INTEGER REFERENCES string, container INTEGER REFERENCES string, entry INTEGER REFERENCES string);
CREATE INDEX program_words ON program(comm, exe, user, container, entry);
CREATE TABLE program_use( -- processes that were born in that second since 1970 are, or were once, the program
  program INTEGER NOT NULL REFERENCES program, second INTEGER NOT NULL, PRIMARY KEY(program, second)) WITHOUT ROWID;
CREATE TABLE process(
  id INTEGER PRIMARY KEY,                         -- its birth, or the next number that was free
  pid INTEGER NOT NULL,
  clock INTEGER NOT NULL REFERENCES clock,
  shift_ns INTEGER NOT NULL,                      -- it was born id - shift_ns; so long after its boot's began_ns
  born_ns INTEGER,                                -- where the line says another time
  known INTEGER NOT NULL,                         -- by 3 its fork, 2 a snapshot, 1 exec or exit, 0 others' lines
  reported_ns INTEGER,                            -- when that line was written; NULL: at its birth
  creator INTEGER REFERENCES process, creator_pid INTEGER, -- the latter where no more is known; 0: it has none
  edge INTEGER,                                   -- 0 observed, 1 snapshot, 2 inferred; NULL: not known
  program INTEGER REFERENCES program,             -- at birth
  seen_ns INTEGER,                                -- the last snapshot that it was in
  lived_ns INTEGER, exit_code INTEGER, signal INTEGER,
  end_inferred INTEGER,                           -- 1: found ended after a loss, at some time within lived_ns
  user_ns INTEGER, system_ns INTEGER, max_rss_kb INTEGER,
  stream INTEGER REFERENCES stream, seq INTEGER,  -- the line that these facts are of
  exit_stream INTEGER REFERENCES stream, exit_seq INTEGER);
CREATE INDEX process_pid ON process(pid);
CREATE INDEX process_creator ON process(creator) WHERE creator IS NOT NULL;
CREATE INDEX process_long ON process(id) WHERE lived_ns IS NULL OR lived_ns > 60000000000;
CREATE TABLE image(
  process INTEGER NOT NULL REFERENCES process, exec_seq INTEGER NOT NULL,
  after_ns INTEGER NOT NULL,                      -- since the process's id: its exec; where not observed its report
  observed INTEGER NOT NULL,
  program INTEGER NOT NULL REFERENCES program,
  stream INTEGER NOT NULL REFERENCES stream, seq INTEGER NOT NULL, -- its line, which has its arguments
  PRIMARY KEY(process, exec_seq)) WITHOUT ROWID;
CREATE VIEW program_text AS -- a program in words
SELECT g.id AS program, (SELECT text FROM string WHERE id = g.comm) AS comm,
  (SELECT text FROM string WHERE id = g.exe) AS exe, (SELECT text FROM string WHERE id = g.user) AS user,
  (SELECT text FROM string WHERE id = g.container) AS container, (SELECT text FROM string WHERE id = g.entry) AS entry
FROM program g;
CREATE VIEW life AS -- a process and its last image, in words
SELECT p.id AS process, b.prefix || '-' || p.pid || '-' || ((p.id - p.shift_ns - k.began_ns) / 10000000) AS id,
  p.pid AS pid, p.id - p.shift_ns - k.began_ns AS start_ns, p.creator AS creator,
  datetime(coalesce(p.born_ns, p.id) / 1000000000, 'unixepoch') AS born,
  datetime((p.id + p.lived_ns) / 1000000000, 'unixepoch') AS ended, p.exit_code AS exit_code, p.signal AS signal,
  g.comm AS comm, g.exe AS exe, g.user AS user, g.container AS container, g.entry AS entry, h.name AS host
FROM process p JOIN clock k ON k.id = p.clock JOIN boot b ON b.id = k.boot LEFT JOIN host h ON h.id = b.host
LEFT JOIN program_text g ON g.program = coalesce(
  (SELECT program FROM image WHERE process = p.id ORDER BY exec_seq DESC LIMIT 1), p.program);
PRAGMA application_id = 1886679653;
PRAGMA user_version = 3;
)sql";
static_assert(kHistoryApplication == 1886679653 && kHistoryVersion == 3, "as they stand above");

constexpr const char* kSinceSecondVersion = R"sql(
ALTER TABLE stream ADD COLUMN host TEXT;
ALTER TABLE stream ADD COLUMN tracer TEXT;
ALTER TABLE loss ADD COLUMN ktime_ns INTEGER;
PRAGMA user_version = 3;
)sql";

// What SQLite's header says; 0: an empty file, which is none yet.
Result<std::int64_t> version_of(const Database& database) {
  const std::int64_t application = PROCTREE_TRY(database.number("PRAGMA application_id"));
  const std::int64_t version = PROCTREE_TRY(database.number("PRAGMA user_version"));
  const std::int64_t tables = PROCTREE_TRY(database.number("SELECT count(*) FROM sqlite_schema"));
  if (application == 0 && version == 0 && tables == 0) return 0;
  if (application != kHistoryApplication)
    return fail(ErrorCode::corrupt, database.name() + ": this is another program's database",
                "name a history store, or a new file");
  if (version < 1 || version > kHistoryVersion) {
    return fail(
        ErrorCode::unsupported, database.name() + ": version " + std::to_string(version) + " of the store",
        "this proctree knows versions up to " + std::to_string(kHistoryVersion) + "; take a newer one");
  }
  return version;
}

Result<void> make_tables(const Database& database) {
  PROCTREE_CHECK(database.execute(kSettings));
  PROCTREE_CHECK(database.execute("BEGIN IMMEDIATE"));
  PROCTREE_CHECK(database.execute(kLineTables));
  PROCTREE_CHECK(database.execute(kRowTables));
  return database.execute("COMMIT");
}

}  // namespace

Result<std::string> history_file(const std::string& where) {
  if (!where.starts_with(kSqlitePrefix) || where.size() == kSqlitePrefix.size())
    return fail(ErrorCode::invalid_argument, where + " names no history store",
                "write sqlite:FILE or postgresql://HOST/DATABASE");
  return where.substr(kSqlitePrefix.size());
}

Result<FileDescriptor> lock_history(const std::string& path) {
  // Not everybody may read processes' arguments. SQLite takes its other files' modes from this.
  const FileDescriptor made(::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0640));
  if (!made.valid() && errno != EEXIST)
    return fail_errno(path + ": cannot be made", errno, "name a file in a folder that you may write");
  FileDescriptor lock(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
  if (!lock.valid())
    return fail_errno(path + ": cannot be opened", errno,
                      "become the user who fills it, or name another file");
  if (::flock(lock.get(), LOCK_EX | LOCK_NB) != 0)
    return fail(ErrorCode::io, path + ": another process fills this store", "wait until that has ended");
  return lock;
}

Result<Database> open_history_to_write(const std::string& path) {
  auto database = PROCTREE_TRY(open_sqlite(path, SqliteAccess::write));
  if (PROCTREE_TRY(version_of(database)) == 0) PROCTREE_CHECK(make_tables(database));
  PROCTREE_CHECK(
      database.execute("PRAGMA synchronous = FULL; PRAGMA cache_size = -65536; PRAGMA foreign_keys = OFF"));
  return database;
}

Result<Database> make_passing_history(const std::string& name) {
  auto database = PROCTREE_TRY(open_sqlite(name, SqliteAccess::temporary));
  PROCTREE_CHECK(make_tables(database));
  // What fails leaves nothing behind to be restored.
  PROCTREE_CHECK(
      database.execute("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA cache_size = -65536;"
                       "PRAGMA foreign_keys = OFF"));
  return database;
}

Result<std::int64_t> renew_tables(const Database& database) {
  const std::int64_t version = PROCTREE_TRY(version_of(database));
  if (version == kHistoryVersion) return version;
  if (version == 1) {
    PROCTREE_CHECK(
        database.execute("DROP VIEW life; DROP TABLE image; DROP TABLE process; DROP TABLE args;"));
    PROCTREE_CHECK(database.execute(kRowTables));
  }
  PROCTREE_CHECK(database.execute(kSinceSecondVersion));
  return version;
}

Result<Database> open_history_to_read(const std::string& path) {
  if (::faccessat(AT_FDCWD, path.c_str(), F_OK, AT_EACCESS) != 0)
    return fail_errno(path + ": there is no history store", errno,
                      "fill one with proctree ship --to sqlite:FILE");
  auto database = PROCTREE_TRY(open_sqlite(path, SqliteAccess::read));
  const std::int64_t version = PROCTREE_TRY(version_of(database));
  if (version == 0)
    return fail(ErrorCode::not_found, path + ": nothing was ever stored here",
                "fill it with proctree ship --to sqlite:FILE");
  if (version < kHistoryVersion)
    return fail(ErrorCode::unsupported, path + ": version " + std::to_string(version) + " of the store",
                "proctree ship --to sqlite:FILE of this version brings it up to date");
  PROCTREE_CHECK(database.execute("PRAGMA cache_size = -16384; PRAGMA query_only = ON"));
  return database;
}

}  // namespace proctree
