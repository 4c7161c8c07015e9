// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// A history store's file: older and newer versions, other programs', and what is dropped to bound it.
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

#include "base/host_clock.hpp"
#include "history/retention.hpp"
#include "history_fixture.hpp"

namespace proctree {
namespace {

TEST_F(HistoryStoreTest, LeavesWhatIsNoStoreAsItIs) {
  const auto refused = [&](const std::string& name, const std::string& why) {
    const std::string before = tree_.read(name);
    const auto writer = HistoryWriter::open(file(name));
    ASSERT_FALSE(writer) << name;
    EXPECT_NE(writer.error().to_string().find(why), std::string::npos) << writer.error().to_string();
    const auto reader = HistoryStore::open(file(name));
    ASSERT_FALSE(reader) << name;
    EXPECT_EQ(tree_.read(name), before) << name;
  };
  tree_.write("text", "some notes, which are no database, and longer than the header of one would be\n" +
                          std::string(200, 'x'));
  refused("text", "no history store");
  sql("other", "CREATE TABLE cookies(name TEXT)");
  refused("other", "another program's database");
  fill(busy_host(30), "newer");
  sql("newer", "PRAGMA user_version = 99; PRAGMA wal_checkpoint(TRUNCATE)");
  refused("newer", "version 99 of the store");
  EXPECT_FALSE(HistoryStore::open(file("missing")));
  EXPECT_FALSE(std::filesystem::exists(file("missing")));
}

TEST_F(HistoryStoreTest, SaysThatATruncatedStoreIsDamaged) {
  const auto lines = busy_host(3000);
  fill(lines);
  sql("db", "PRAGMA wal_checkpoint(TRUNCATE)");
  std::filesystem::resize_file(file(), std::filesystem::file_size(file()) / 2);
  auto store = HistoryStore::open(file());
  Result<void> done;
  if (store) {
    done = (*store)->each_line({INT64_MIN, INT64_MAX}, "",
                               [](const HistoryStream&, std::string_view) { return Result<void>(); });
  }
  ASSERT_FALSE(store && done);
  const Error& error = store ? done.error() : store.error();
  EXPECT_EQ(error.code, ErrorCode::corrupt) << error.to_string();
}

// As the tables were before `stream` and `loss` had these columns.
constexpr const char* kSecondTables = R"sql(
ALTER TABLE stream DROP COLUMN host; ALTER TABLE stream DROP COLUMN tracer; ALTER TABLE loss DROP COLUMN ktime_ns;
PRAGMA user_version = 2;
)sql";
// As the first version of the tables was.
constexpr const char* kFirstTables = R"sql(
DROP VIEW life; DROP VIEW program_text; DROP INDEX line_block_last; DROP TABLE image; DROP TABLE process;
DROP TABLE program_use; DROP TABLE program; DROP TABLE clock;
CREATE TABLE args(id INTEGER PRIMARY KEY, hash INTEGER NOT NULL, list TEXT NOT NULL);
CREATE INDEX args_hash ON args(hash);
CREATE TABLE process(id INTEGER PRIMARY KEY, boot INTEGER NOT NULL, pid INTEGER NOT NULL, start_ns INTEGER NOT NULL);
CREATE UNIQUE INDEX process_key ON process(boot, pid, start_ns);
CREATE TABLE image(process INTEGER NOT NULL, exec_seq INTEGER NOT NULL, PRIMARY KEY(process, exec_seq)) WITHOUT ROWID;
CREATE VIEW life AS SELECT id FROM process;
INSERT INTO process VALUES(1, 1, 1, 1);
PRAGMA user_version = 1;
)sql";

TEST_F(HistoryStoreTest, MakesTheTablesOfAnOlderVersionAgain) {
  const auto lines = busy_host(900);
  fill(lines);
  fill(lines, "first");
  sql("first", kSecondTables);
  sql("first", kFirstTables);
  const auto refused = HistoryStore::open(file("first"));
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().to_string().find("version 1 of the store"), std::string::npos);
  fill({}, "first");
  EXPECT_EQ(known("first"), known("db"));
  EXPECT_EQ(all_lines(*open("first")), lines);
  fill(lines, "first");
  EXPECT_EQ(all_lines(*open("first")), lines) << "their numbers are still known";
}

// Losses stood as they were reported, those of the tracer under the number of their line.
TEST_F(HistoryStoreTest, BringsTheSecondVersionsLossesAndStreamsUpToDate) {
  const std::string of_tracer = of_stream(recorded(
      "lost", 8, R"("where":"disk","seq_from":5,"seq_to":7,"count":3,"since_ns":5,"until_ns":8000000000)"));
  const auto of_follower = [](int from, int to) {
    return R"({"v":1,"type":"lost","stream":"b00tb00tb00tb00t-9-9","time":"2026-03-01T09:30:40Z","ktime_ns":30000000000,)"
           R"("where":"spool","seq_from":)" +
           std::to_string(from) + R"(,"seq_to":)" + std::to_string(to) + R"(,"count":1,"forks":1})";
  };
  const std::vector<std::string> lines = {of_stream(started()), of_tracer,
                                          of_stream(recorded("note", 15, ""))};
  fill(lines);
  fill({of_follower(10, 20), of_follower(15, 22), of_follower(30, 31)});
  fill(lines, "second");
  sql("second", kSecondTables);
  std::string old =
      "DELETE FROM loss; INSERT INTO loss SELECT id, 8, 7, 'disk', NULL, 1, 3, NULL FROM stream;";
  for (const auto& [from, to] : {std::pair(10, 20), std::pair(15, 22), std::pair(30, 31)}) {
    old += "INSERT INTO loss SELECT id, " + std::to_string(from) + ',' + std::to_string(to) +
           ", 'spool', NULL, 1, 1, '" + of_follower(from, to) + "' FROM stream;";
  }
  sql("second", old);
  EXPECT_FALSE(HistoryStore::open(file("second")));
  fill({}, "second");
  const auto rows = [&](const std::string& name) {
    std::string text;
    auto database = open_history_to_read(file(name));
    for (const char* query :
         {"SELECT seq, seq_to, place, until_ns, ktime_ns, count, line FROM loss ORDER BY seq",
          "SELECT host, tracer FROM stream"}) {
      auto row = database->prepare(query);
      while (*row->step()) {
        for (int column = 0; column < (query[7] == 's' ? 7 : 2); ++column)
          text.append(row->text(column)) += '|';
      }
    }
    return text;
  };
  EXPECT_EQ(rows("second"), rows("db"));
  EXPECT_EQ(number("SELECT count(*) FROM loss", "second"), 4);
  EXPECT_EQ(all_lines(*open("second")), all_lines(*open()));
}

TEST_F(HistoryStoreTest, ReadsBounds) {
  EXPECT_EQ(parse_history_bounds("30d")->age_ns, 30 * 86'400'000'000'000);
  EXPECT_EQ(parse_history_bounds("1")->age_ns, 1'000'000'000) << "bare numbers are seconds";
  EXPECT_EQ(parse_history_bounds("12h")->age_ns, 43'200'000'000'000);
  EXPECT_EQ(parse_history_bounds("1d12h")->age_ns, 36 * 3'600'000'000'000);
  EXPECT_EQ(parse_history_bounds("20GiB")->bytes, 20ULL << 30);
  EXPECT_EQ(parse_history_bounds("8388607TiB")->bytes, 8'388'607ULL << 40);
  EXPECT_EQ(parse_history_bounds("512MiB,2d")->bytes, 512ULL << 20);
  EXPECT_EQ(parse_history_bounds("512MiB,2d")->age_ns, 2 * 86'400'000'000'000);
  for (const char* bad : {"0d", "d", "GiB", "0GiB", "-1d", "1d,2d", "30x", "99999999999GiB", "1d;2d",
                          "8388608TiB", "16777216TiB", "20000000TiB", "18446744073709551616KiB"}) {
    EXPECT_FALSE(parse_history_bounds(bad)) << bad;
  }
}

// 1, born with the host, made 30 which made 31; 30 has ended, as have 400 and all below that.
TEST_F(HistoryStoreTest, DropsWhatEndedLongAgoButNotWhatTheLivingDescendFrom) {
  fill({of_stream(started()), of_stream(recorded("process", 2, process_of(1, "init", 0))),
        of_stream(recorded("fork", 3, process_of(30, "sh", 1))),
        of_stream(recorded("fork", 4, process_of(31, "server", 30))),
        of_stream(recorded("exit", 5, process_of(30, "sh", 1) + ",\"exit_code\":0")),
        of_stream(recorded("fork", 6, process_of(400, "make", 1))),
        of_stream(recorded("fork", 7, process_of(401, "cc", 400))),
        of_stream(recorded("exit", 8, process_of(401, "cc", 400) + ",\"exit_code\":1")),
        of_stream(recorded("exit", 9, process_of(400, "make", 1) + ",\"exit_code\":0")),
        of_stream(recorded("fork", 30, process_of(50, "sh", 1)))},
       "db", 9);
  const std::int64_t before = number("SELECT count(*) FROM ingested");
  {
    auto writer = HistoryWriter::open(file());
    ASSERT_TRUE(writer);
    const auto age = static_cast<std::uint64_t>(realtime_now_ns() - (kBegan + 20 * kSecond));
    ASSERT_TRUE((*writer)->set_bounds({.age_ns = age, .bytes = {}}));
    const auto done = (*writer)->keep_bounds();
    ASSERT_TRUE(done) << done.error().to_string();
  }
  const auto store = open();
  EXPECT_TRUE(store->find_pid(400, "")->empty());
  EXPECT_TRUE(store->find_pid(401, "")->empty());
  const auto line = history_line(*store, process(*store, 31), INT64_MAX);
  ASSERT_TRUE(line);
  EXPECT_EQ(*chain_text(*store, *line), "31|server|root;30|sh|root;1|init|root");
  EXPECT_EQ(all_lines(*store).size(), 1U) << "the latest alone";
  EXPECT_EQ(number("SELECT count(*) FROM ingested"), before);
  EXPECT_EQ(number("SELECT count(*) FROM program_text WHERE comm = 'cc'"), 0);
  EXPECT_EQ(number("SELECT count(*) FROM string WHERE text = 'cc'"), 0);
}

TEST_F(HistoryStoreTest, StaysBelowASize) {
  const auto lines = busy_host(30'000);
  fill(lines, "all");
  sql("all", "PRAGMA wal_checkpoint(TRUNCATE)");
  const auto all = std::filesystem::file_size(file("all"));
  auto writer = HistoryWriter::open(file());
  ASSERT_TRUE(writer);
  ASSERT_TRUE((*writer)->set_bounds({.age_ns = {}, .bytes = all / 2}));
  for (std::size_t i = 0; i < lines.size(); ++i) {
    ASSERT_TRUE((*writer)->take(lines[i]));
    if (i % 1000 != 0) continue;
    ASSERT_TRUE((*writer)->commit());
  }
  ASSERT_TRUE((*writer)->commit());
  ASSERT_TRUE((*writer)->keep_bounds());
  writer->reset();
  sql("db", "PRAGMA wal_checkpoint(TRUNCATE)");
  EXPECT_LE(std::filesystem::file_size(file()), all / 2 + (1U << 20));
  const auto retained = all_lines(*open());
  ASSERT_FALSE(retained.empty());
  EXPECT_EQ(retained.back(), lines.back()) << "the oldest goes first";
  EXPECT_LT(retained.size(), lines.size());
}

TEST_F(HistoryStoreTest, DropsNoOtherBlockThatHasTheNumberOfOneThatIsGone) {
  const std::string first = "b00tb00tb00tb00t-9-9", second = "b00tb00tb00tb00t-10-10";
  for (const std::string& next : {first, second}) {
    const std::string name = next == first ? "own" : "other";
    auto writer = HistoryWriter::open(file(name));
    ASSERT_TRUE(writer);
    const auto age = static_cast<std::uint64_t>(realtime_now_ns() - (kBegan + 20 * kSecond));
    ASSERT_TRUE((*writer)->set_bounds({.age_ns = age, .bytes = {}}));
    ASSERT_TRUE((*writer)->take(note(1, first, 10)));
    ASSERT_TRUE((*writer)->commit());
    ASSERT_TRUE((*writer)->keep_bounds());
    EXPECT_EQ(number("SELECT count(*) FROM line_block", name), 0);
    std::vector<std::string> lines = {note(1000, next, 10)};
    for (std::uint64_t seq = 2000; seq < 2004; ++seq) lines.push_back(note(seq, first, 200 << 10));
    for (const std::string& line : lines) {
      ASSERT_TRUE((*writer)->take(line));
      if (next == first || &line != lines.data()) continue;
      ASSERT_TRUE((*writer)->commit());
    }
    ASSERT_TRUE((*writer)->commit());
    std::vector<std::string> found = all_lines(*open(name));
    std::erase(found, note(1, first, 10));
    std::ranges::sort(found);
    std::ranges::sort(lines);
    EXPECT_EQ(found, lines) << name;
  }
}

TEST_F(HistoryStoreTest, GathersNoMoreThanItMayOfAnyNumberOfStreams) {
  fill({});
  auto database = open_history_to_write(file());
  ASSERT_TRUE(database);
  Streams streams({.streams = 50, .gathered_bytes = 1 << 20});
  ASSERT_TRUE(streams.prepare(*database));
  std::vector<std::string> lines;
  const auto add = [&](int stream, std::uint64_t seq) {
    const std::string name = "b00tb00tb00tb00t-9-" + std::to_string(100 + stream);
    lines.push_back(note(seq, name, 10 << 10));
    auto at = streams.at(name);
    ASSERT_TRUE(at);
    EXPECT_EQ(streams.add(**at, seq, kBegan, lines.back()), true);
    EXPECT_EQ(streams.add(**at, seq, kBegan, lines.back()), false);
    EXPECT_EQ(streams.add(**at, 1, kBegan, lines.back()), false) << "it is known even when it was forgotten";
  };
  for (std::uint64_t seq = 1; seq <= 10; ++seq) {
    ASSERT_TRUE(database->execute("BEGIN IMMEDIATE"));
    for (int stream = 0; stream < 30; ++stream) add(stream, seq);
    ASSERT_TRUE(streams.flush());
    ASSERT_TRUE(database->execute("COMMIT"));
    EXPECT_LE(streams.gathered_bytes(), 1U << 20);
  }
  EXPECT_LE(number("SELECT count(*) FROM line_block"), 150) << "several of a stream are one block";
  EXPECT_NE(streams.find("b00tb00tb00tb00t-9-100"), nullptr);
  ASSERT_TRUE(database->execute("BEGIN IMMEDIATE"));
  for (int stream = 30; stream < 60; ++stream) add(stream, 1);
  ASSERT_TRUE(streams.flush());
  ASSERT_TRUE(database->execute("COMMIT"));
  EXPECT_EQ(streams.find("b00tb00tb00tb00t-9-100"), nullptr);
  std::vector<std::string> found = all_lines(*open());
  std::ranges::sort(found);
  std::ranges::sort(lines);
  EXPECT_EQ(found, lines);
}

TEST_F(HistoryStoreTest, CatchesUpWithManyPrograms) {
  constexpr std::uint32_t kPrograms = 300;
  std::vector<std::string> lines = {of_stream(started())};
  for (std::uint32_t i = 0; i < kPrograms; ++i) {
    const std::string process = process_of(100 + i, "program-" + std::to_string(i), 1);
    lines.push_back(of_stream(recorded("fork", 2 + 2 * i, process)));
    lines.push_back(of_stream(recorded("exit", 3 + 2 * i, process + ",\"exit_code\":0")));
  }
  lines.push_back(of_stream(recorded("repeat", 1500, "\"of\":2,\"forks\":1,\"execs\":0,\"exits\":1")));
  fill(lines);
  EXPECT_GE(number("SELECT count(*) FROM program"), kPrograms);
  EXPECT_EQ(number("SELECT count(*) FROM repeat"), 1);
  auto writer = HistoryWriter::open(file());
  ASSERT_TRUE(writer);
  const auto age = static_cast<std::uint64_t>(realtime_now_ns() - (kBegan + 5000 * kSecond));
  ASSERT_TRUE((*writer)->set_bounds({.age_ns = age, .bytes = {}}));
  for (std::uint64_t i = 0; i < 10; ++i) {
    ASSERT_TRUE((*writer)->take(note(9000 + i, "b01tb01tb01tb01t-10-10", 10)));
    ASSERT_TRUE((*writer)->commit());
  }
  EXPECT_EQ(number("SELECT count(*) FROM process"), 0);
  EXPECT_EQ(number("SELECT count(*) FROM program"), 0);
  EXPECT_EQ(number("SELECT count(*) FROM program_use"), 0);
  EXPECT_EQ(number("SELECT count(*) FROM repeat"), 0) << "of a stream that no line is left of";
}

TEST_F(HistoryStoreTest, SaysOfEachSliceWhatMayHaveGone) {
  fill(busy_host(900));
  auto database = open_history_to_write(file());
  ASSERT_TRUE(database);
  const auto count = [&](const char* table) {
    return *database->number(std::string("SELECT count(*) FROM ") + table);
  };
  HistoryRetention retention({.age_ns = 1, .bytes = {}}, 0);
  ASSERT_TRUE(retention.prepare(*database));
  const std::int64_t uses = count("program_use");
  bool has_more = true;
  while (has_more) {
    const std::int64_t processes_before = count("process"), uses_before = count("program_use");
    ASSERT_TRUE(database->execute("BEGIN IMMEDIATE"));
    const auto swept = retention.sweep(realtime_now_ns());
    ASSERT_TRUE(swept) << swept.error().to_string();
    ASSERT_TRUE(database->execute("COMMIT"));
    has_more = swept->has_more;
    EXPECT_TRUE(swept->processes || count("process") == processes_before);
    EXPECT_TRUE(swept->programs || count("program_use") == uses_before);
  }
  EXPECT_LT(count("program_use"), uses);
}

TEST_F(HistoryStoreTest, KeepsWhatWasTakenBeforeItsBoundsAreEnforced) {
  {
    auto writer = HistoryWriter::open(file());
    ASSERT_TRUE(writer);
    ASSERT_TRUE((*writer)->set_bounds({.age_ns = 1, .bytes = {}}));
    ASSERT_TRUE((*writer)->take(of_stream(started())));
    ASSERT_TRUE((*writer)->take(of_stream(recorded("fork", 2, process_of(30, "sh", 1)))));
    ASSERT_TRUE((*writer)->keep_bounds());
    for (std::uint32_t pid = 31; pid < 60; ++pid)
      ASSERT_TRUE((*writer)->take(of_stream(recorded("fork", pid, process_of(pid, "sh", 30)))));
    ASSERT_TRUE((*writer)->keep_bounds());
  }
  EXPECT_EQ(open()->children(process(*open(), 30).id)->size(), 29U);
}

}  // namespace
}  // namespace proctree
