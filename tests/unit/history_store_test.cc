// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// A history store against the lines that it was filled with.
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <functional>
#include <random>

#include "history_fixture.hpp"

namespace proctree {
namespace {

TEST_F(HistoryStoreTest, SaysOfEveryProcessWhatItsLinesSay) {
  const auto lines = busy_host(3000);
  fill(lines);
  const auto store = open();
  RecordParser parser;
  std::size_t execs = 0;
  std::size_t exits = 0;
  for (const std::string& text : lines) {
    ASSERT_TRUE(parser.parse(text));
    const RecordedLine& line = parser.line();
    if (!line.is_of_process()) continue;
    std::string id;
    append_process_id(id, "0f9c2d4e8a314b57", line.task.self);
    const auto found = store->find_id(id);
    ASSERT_TRUE(found && *found) << id;
    const HistoryProcess& process = **found;
    if (line.kind == RecordKind::exec) {
      ++execs;
      const auto above = history_line(*store, process, line.realtime_ns);
      ASSERT_TRUE(above);
      EXPECT_EQ(*chain_text(*store, *above), line.chain) << text;
      EXPECT_EQ((*store->program(above->links.front().image.program))->exe, line.image.exe);
      EXPECT_EQ(*store->line(above->links.front().image.stream, above->links.front().image.seq), text);
    }
    if (line.kind == RecordKind::exit) {
      ++exits;
      EXPECT_EQ(process.ended_ns, line.realtime_ns);
      EXPECT_EQ(process.exit_code, WEXITSTATUS(line.exit.status));
    }
    if (line.kind == RecordKind::fork) {
      const auto creator = store->find(process.creator);
      ASSERT_TRUE(creator && *creator);
      EXPECT_EQ((*creator)->key, *line.creator);
      EXPECT_EQ(process.edge, Edge::observed);
    }
  }
  EXPECT_GT(execs, 900U);
  EXPECT_GT(exits, 400U);
}

TEST_F(HistoryStoreTest, GivesTheLinesBackByteForByte) {
  const auto lines = busy_host(9000);
  fill(lines, "db", 777);
  EXPECT_EQ(all_lines(*open()), lines);
  // Of a span, those of it.
  RecordParser parser;
  ASSERT_TRUE(parser.parse(lines[500]));
  const std::int64_t since = parser.line().realtime_ns;
  ASSERT_TRUE(parser.parse(lines[4000]));
  const std::int64_t until = parser.line().realtime_ns;
  EXPECT_EQ(all_lines(*open(), {since, until}), std::vector(lines.begin() + 500, lines.begin() + 4001));
}

TEST_F(HistoryStoreTest, TakesLinesInAnyOrderAndEachOnce) {
  const auto lines = busy_host(1500);
  fill(lines);
  for (const std::uint32_t seed : {1U, 2U, 3U}) {
    auto shuffled = lines;
    shuffled.insert(shuffled.end(), lines.begin() + 100, lines.begin() + 400);  // doubled
    std::ranges::shuffle(shuffled, std::mt19937(seed));
    const std::string name = "shuffled" + std::to_string(seed);
    fill(shuffled, name, 97);
    EXPECT_EQ(known(name), known("db"));
    EXPECT_EQ(all_lines(*open(name)), lines);
  }
  // All of it once more, by another run, changes nothing.
  fill(lines);
  EXPECT_EQ(known("db"), known("shuffled1"));
  auto database = open_history_to_read(file());
  EXPECT_EQ(*database->number("SELECT count(*) FROM ingested"), 1);
  EXPECT_EQ(*database->number("SELECT seq_to - seq_from + 1 FROM ingested"),
            static_cast<std::int64_t>(lines.size()));
}

TEST_F(HistoryStoreTest, KnowsBetweenWhichTimesAGapHidesAnEnd) {
  std::vector<std::string> lines = {
      of_stream(started()),
      of_stream(recorded("process", 2, process_of(1, "init", 0))),
      of_stream(recorded("fork", 3, process_of(30, "init", 1))),
      of_stream(recorded("fork", 4, process_of(40, "init", 1))),
      of_stream(recorded("exit", 5, process_of(40, "init", 1) + ",\"signal\":9")),
      of_stream(recorded("lost", 20, R"("count":7,"since_ns":15000000000,"until_ns":20000000000)")),
      of_stream(recorded("resync", 21, R"("added":0,"exited":1,"corrected":0,"took_ns":5)")),
      of_stream(recorded("exit", 22, process_of(30, "init", 1) + ",\"inferred\":true"))};
  fill(lines);
  const auto store = open();
  const Lifetime hidden = *store->lifetime(process(*store, 30));
  ASSERT_TRUE(hidden.ended_between);
  EXPECT_EQ(hidden.ended_between->first, kBegan + 15 * kSecond);
  EXPECT_EQ(hidden.ended_between->second, kBegan + 22 * kSecond);
  const HistoryProcess killed = process(*store, 40);
  EXPECT_EQ(killed.signal, 9);
  EXPECT_FALSE(store->lifetime(killed)->ended_between);
  EXPECT_FALSE(store->lifetime(process(*store, 1))->until_ns);
  const Knowledge known = *store->knowledge({INT64_MIN, INT64_MAX});
  EXPECT_EQ(known.gaps, 2) << "the loss, and lines 6 to 19, which never came";
  EXPECT_EQ(known.lost, 7);
  EXPECT_EQ(known.missing_lines, 14);
  EXPECT_EQ(known.since_ns, kBegan + kSecond);
}

TEST_F(HistoryStoreTest, CountsWhatWasNeverReportedToIt) {
  const std::string second = "b00tb00tb00tb00t-77-7";
  fill({of_stream(started()), of_stream(recorded("process", 2, process_of(1, "init", 0))),
        of_stream(recorded("fork", 3, process_of(30, "init", 1)))});
  EXPECT_EQ(open()->knowledge({INT64_MIN, INT64_MAX})->gaps, 0);
  // Another stream of the host, minutes later, whose first 309 lines are missing.
  fill({of_stream(recorded("process", 310, process_of(1, "init", 0)), second),
        of_stream(recorded("fork", 311, process_of(31, "init", 1)), second)});
  const Knowledge known = *open()->knowledge({INT64_MIN, INT64_MAX});
  EXPECT_EQ(known.gaps, 2);
  EXPECT_EQ(known.missing_lines, 309);
  EXPECT_EQ(open()->knowledge({INT64_MIN, kBegan + 10 * kSecond})->gaps, 1)
      << "the time between them has begun";
  EXPECT_EQ(open()->knowledge({INT64_MIN, kBegan + 2 * kSecond})->gaps, 0);
}

// Copies of a machine that began at the same time: far more of them than are looked through at once.
TEST_F(HistoryStoreTest, DistinguishesProcessesOfManyBootsThatWereBornAtOneTime) {
  constexpr int kBoots = 150;
  std::vector<std::string> births;
  std::vector<std::string> ends;
  for (int boot = 0; boot < kBoots; ++boot) {
    std::string prefix = std::to_string(boot);
    prefix.insert(0, 16 - prefix.size(), '0');
    const auto line = [&](std::string text) { return of_stream(std::move(text), prefix + "-9-9"); };
    for (const std::uint32_t pid : {1U, 2U, 3U})
      births.push_back(line(recorded("process", pid, process_of(pid, "p", pid == 1 ? 0 : 1))));
    for (const std::uint32_t pid : {2U, 3U})
      ends.push_back(line(recorded("exit", 2 + pid, process_of(pid, "p", 1) + ",\"exit_code\":0")));
  }
  std::ranges::shuffle(births, std::mt19937(1));
  std::ranges::shuffle(ends, std::mt19937(2));
  fill(births, "db", 7);
  fill(ends, "db", 7);  // by a writer that remembers none of them
  EXPECT_EQ(number("SELECT count(*) FROM process"), 3 * kBoots);
  EXPECT_EQ(number("SELECT count(DISTINCT pid * 1000 + clock) FROM process WHERE seq IS NOT NULL"),
            3 * kBoots);
  EXPECT_EQ(number("SELECT count(*) FROM process WHERE exit_seq IS NOT NULL"), 2 * kBoots);
  EXPECT_EQ(number("SELECT count(*) FROM process p JOIN process c ON c.id = p.creator AND c.clock = p.clock"),
            2 * kBoots);
}

TEST_F(HistoryStoreTest, KnowsThatWhatALaterSnapshotLacksHasEnded) {
  const std::string second = "b00tb00tb00tb00t-77-7";
  fill({of_stream(started()), of_stream(recorded("process", 2, process_of(1, "init", 0))),
        of_stream(recorded("fork", 3, process_of(30, "init", 1))),
        of_stream(recorded("fork", 4, process_of(31, "init", 1))),
        of_stream(recorded("start", 100, ""), second),
        of_stream(recorded("process", 101, process_of(1, "init", 0)), second),
        of_stream(recorded("process", 102, process_of(31, "init", 1)), second)});
  const auto store = open();
  const Lifetime gone = *store->lifetime(process(*store, 30));
  ASSERT_TRUE(gone.ended_between);
  EXPECT_EQ(gone.ended_between->first, kBegan + 4 * kSecond);
  EXPECT_EQ(gone.ended_between->second, kBegan + 100 * kSecond);
  EXPECT_FALSE(store->lifetime(process(*store, 31))->until_ns);
  EXPECT_EQ(process(*store, 31).edge, Edge::observed);
}

TEST_F(HistoryStoreTest, FillsACreatorThatIsReportedLate) {
  fill({of_stream(recorded(
            "exec", 9,
            process_of(50, "sh", 40) + lineage_fields("", ancestor(40, "make") + "," + ancestor(1, "init")))),
        of_stream(recorded("fork", 4, process_of(40, "gmake", 1)))});
  const auto store = open();
  const HistoryProcess creator = process(*store, 40);
  EXPECT_EQ(process(*store, 50).creator, creator.id);
  EXPECT_EQ(creator.creator, process(*store, 1).id);
  EXPECT_EQ((*store->program(creator.birth.program))->comm, "gmake")
      << "its own line counts before another's";
  EXPECT_EQ((*store->program(process(*store, 1).birth.program))->comm, "init");
}

TEST_F(HistoryStoreTest, TakesACreatorFromTheForkNotFromALaterSnapshot) {
  const auto second = [](std::string line) { return of_stream(std::move(line), "b00tb00tb00tb00t-77-7"); };
  const std::vector<std::string> lines = {
      of_stream(recorded("fork", 2, process_of(30, "sh", 1))),
      of_stream(recorded("fork", 3, process_of(40, "sleep", 30))),
      of_stream(recorded("exit", 4, process_of(30, "sh", 1) + ",\"exit_code\":0")),
      second(recorded("process", 9,
                      process_of(40, "sleep", 1) +
                          ",\"ancestors\":[{\"pid\":1,\"start_ns\":10000005,"
                          "\"comm\":\"init\",\"user\":\"root\",\"edge\":\"snapshot\"}]"))};
  fill(lines, "a");
  fill({lines.rbegin(), lines.rend()}, "b");
  for (const char* name : {"a", "b"}) {
    const auto store = open(name);
    EXPECT_EQ(process(*store, 40).creator, process(*store, 30).id) << name;
    EXPECT_EQ(process(*store, 40).edge, Edge::observed) << name;
  }
}

TEST_F(HistoryStoreTest, CountsLivesThatRepeat) {
  fill({of_stream(recorded("fork", 2, process_of(30, "sh", 1))),
        of_stream(recorded("exec", 3, process_of(30, "date", 1) + lineage_fields("", ancestor(1, "init")))),
        of_stream(recorded("repeat", 9, R"("of":3,"forks":41,"execs":41,"exits":41,"failures":0)"))});
  const auto store = open();
  EXPECT_EQ(*store->repeats(process(*store, 30)), 41);
}

TEST_F(HistoryStoreTest, GivesLinesBackThatItHasNoRowsFor) {
  const std::vector<std::string> lines = {
      of_stream(recorded("fork", 2, process_of(30, "sh", 1))),
      of_stream(recorded("exec", 3,
                         process_of(30, "date", 1) + ",\"exec_seq\":3,\"exe_sha256\":\"aa\"" +
                             lineage_fields("", ancestor(1, "init")))),
      of_stream(recorded("hash", 4, R"("pid":30,"start_ns":300000005,"exec_seq":3,"script_sha256":"bb")"))};
  fill(lines);
  EXPECT_EQ(all_lines(*open()), lines);
}

TEST_F(HistoryStoreTest, ChoosesByPatternsAtOneImage) {
  fill({of_stream(recorded("fork", 2, process_of(30, "sh", 1))),
        of_stream(recorded("exec", 3, process_of(30, "make", 1) + lineage_fields("", ancestor(1, "init")))),
        of_stream(recorded("fork", 4, process_of(40, "make", 30))),
        of_stream(recorded("exec", 5,
                           process_of(40, "cc1", 30) +
                               lineage_fields("", ancestor(30, "make") + "," + ancestor(1, "init")))),
        of_stream(recorded("exit", 6, process_of(40, "cc1", 30) + ",\"exit_code\":1"))});
  const auto store = open();
  const auto chosen = [&](const HistoryChoice& choice) {
    HistoryFilter filter(*store, choice);
    std::string pids;
    EXPECT_TRUE(store->each({INT64_MIN, INT64_MAX}, "", [&](const HistoryProcess& process) -> Result<void> {
      if (*filter.match(process)) pids += std::to_string(process.key.pid) + " ";
      return {};
    }));
    return pids;
  };
  EXPECT_EQ(chosen({.comms = {"make"}}), "30 40 ");
  EXPECT_EQ(chosen({.exes = {"cc*"}}), "40 ");
  EXPECT_EQ(chosen({.exes = {"/bin/cc1"}}), "40 ");
  EXPECT_EQ(chosen({.under = {"mak?"}}), "40 ");
  EXPECT_EQ(chosen({.under = {"30"}}), "40 ");
  EXPECT_EQ(chosen({.failed = true}), "40 ");
  EXPECT_EQ(chosen({.comms = {"sh"}, .failed = true}), "");
}

TEST_F(HistoryStoreTest, LosesNothingThatWasCommittedToAKill) {
  const auto lines = busy_host(900);
  const pid_t child = ::fork();
  if (child == 0) {
    auto writer = HistoryWriter::open(file());
    for (std::size_t i = 0; i < lines.size() / 2; ++i) {
      if (!(*writer)->take(lines[i])) ::_exit(1);
      if (i == 300 && !(*writer)->commit()) ::_exit(1);
    }
    ::kill(::getpid(), SIGKILL);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFSIGNALED(status));
  EXPECT_EQ(all_lines(*open()), std::vector(lines.begin(), lines.begin() + 301));
  fill(lines);
  EXPECT_EQ(all_lines(*open()), lines);
}

TEST_F(HistoryStoreTest, CommitsNothingOfALineThatFoundNoRoom) {
  const auto lines = busy_host(9000);
  const pid_t child = ::fork();
  if (child == 0) {
    ::signal(SIGXFSZ, SIG_IGN);
    auto writer = HistoryWriter::open(file());
    const rlimit small{4 << 20, 4 << 20};
    if (!writer || ::setrlimit(RLIMIT_FSIZE, &small) != 0) ::_exit(3);
    bool failed = false;
    for (std::size_t i = 0; i < lines.size() && !failed; ++i)
      failed = !(*writer)->take(lines[i]) || (i % 50 == 49 && !(*writer)->commit());
    ::_exit(!failed ? 1 : (*writer)->commit() ? 2 : 0);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
  const auto stored = all_lines(*open());
  EXPECT_EQ(stored.size() % 50, 0U);
  EXPECT_EQ(stored, std::vector(lines.begin(), lines.begin() + static_cast<std::ptrdiff_t>(stored.size())));
  fill(lines);
  EXPECT_EQ(all_lines(*open()), lines);
}

// The status of a process of nobody's that does it.
int as_nobody(const std::function<int()>& act) {
  const pid_t child = ::fork();
  if (child == 0) {
    if (::setgid(65534) != 0 || ::setuid(65534) != 0) ::_exit(99);
    ::_exit(act());
  }
  int status = 0;
  EXPECT_EQ(::waitpid(child, &status, 0), child);
  return status;
}

TEST_F(HistoryStoreTest, IsReadByWhoMayOnlyRead) {
  if (::geteuid() != 0) GTEST_SKIP() << "only root can become another user";
  fill(busy_host(90));
  std::filesystem::permissions(tree_.root(), std::filesystem::perms(0755));
  for (const char* end : {"", "-wal", "-shm"})
    std::filesystem::permissions(file() + end, std::filesystem::perms(0644));
  EXPECT_EQ(as_nobody([&] {
              auto store = HistoryStore::open(file());
              return store && !all_lines(**store).empty() ? 0 : 1;
            }),
            0);
}

TEST_F(HistoryStoreTest, IsReadByWhoMayOnlyReadWhereItsLogIsGone) {
  if (::geteuid() != 0) GTEST_SKIP() << "only root can become another user";
  const auto lines = busy_host(90);
  const std::string name = "a copy?immutable=0#%41";
  fill(lines, name);
  sql(name, "PRAGMA wal_checkpoint(TRUNCATE)");  // by one that takes the log away when it is done
  ASSERT_FALSE(std::filesystem::exists(file(name) + "-wal"));
  std::filesystem::remove(file(name) + "-shm");
  std::filesystem::permissions(tree_.root(), std::filesystem::perms(0755));
  std::filesystem::permissions(file(name), std::filesystem::perms(0644));
  EXPECT_EQ(as_nobody([&] {
              auto store = HistoryStore::open(file(name));
              return store && all_lines(**store) == lines ? 0 : 1;
            }),
            0);
  EXPECT_FALSE(std::filesystem::exists(file(name) + "-wal"));

  // Filled meanwhile: what is read may be of before and of after.
  int pipe[2];
  ASSERT_EQ(::pipe(pipe), 0);
  int ready[2];
  ASSERT_EQ(::pipe(ready), 0);
  const pid_t child = ::fork();
  if (child == 0) {
    if (::setgid(65534) != 0 || ::setuid(65534) != 0) ::_exit(99);
    auto store = HistoryStore::open(file(name));
    char byte = 0;
    if (!store || ::write(ready[1], "x", 1) != 1 || ::read(pipe[0], &byte, 1) != 1) ::_exit(2);
    const auto found = (*store)->find_pid(1, "");
    ::_exit(!found && found.error().to_string().find("ask again") != std::string::npos ? 0 : 1);
  }
  char byte = 0;
  EXPECT_EQ(::read(ready[0], &byte, 1), 1);
  fill(busy_host(900), name);
  EXPECT_EQ(::write(pipe[1], "x", 1), 1);
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
  for (const int end : {pipe[0], pipe[1], ready[0], ready[1]}) ::close(end);
}

TEST_F(HistoryStoreTest, HasOneWriter) {
  auto first = HistoryWriter::open(file());
  ASSERT_TRUE(first);
  const auto second = HistoryWriter::open(file());
  ASSERT_FALSE(second);
  EXPECT_NE(second.error().to_string().find("another process fills this store"), std::string::npos);
}

}  // namespace
}  // namespace proctree
