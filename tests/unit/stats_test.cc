// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// What is said at the end of a trace or a run: counts, failures, clients of servers.
#include <gtest/gtest.h>

#include <algorithm>

#include "base/longest.hpp"
#include "base/top_counts.hpp"
#include "sink/broker_clients.hpp"
#include "sink/stats_sink.hpp"

namespace proctree {
namespace {

TEST(TopCounts, TheMostFrequentFirst) {
  TopCounts counts;
  for (const char* name : {"b", "a", "b", "c", "b", "c", ""}) counts.add(name);
  const auto top = counts.top(3);
  ASSERT_EQ(top.size(), 3U);
  EXPECT_EQ(top[0].name, "b");
  EXPECT_EQ(top[0].count, 3U);
  EXPECT_EQ(top[1].name, "c");
  EXPECT_EQ(top[2].name, "") << "equal ones by name";
  EXPECT_EQ(counts.error(), 0U);
}

// Very many names, and one that is frequent: its count is right within what error() says.
TEST(TopCounts, NamesWithoutEndLeaveTheFrequentOnes) {
  TopCounts counts(64);
  std::uint64_t frequent = 0;
  for (int i = 0; i < 100'000; ++i) {
    counts.add("hostile-" + std::to_string(i));
    if (i % 10 == 0) {
      counts.add("frequent");
      ++frequent;
    }
  }
  const auto top = counts.top(1000);
  EXPECT_LE(top.size(), 64U);
  ASSERT_EQ(top.front().name, "frequent");
  EXPECT_LE(top.front().count, frequent);
  EXPECT_GE(top.front().count + counts.error(), frequent);
}

TEST(Longest, KeepsTheFewThatTookLongest) {
  Longest<int> longest(2);
  for (const std::uint64_t ns : {5U, 1U, 9U, 7U}) longest.add(ns, static_cast<int>(ns));
  const auto sorted = longest.sorted();
  ASSERT_EQ(sorted.size(), 2U);
  EXPECT_EQ(sorted[0].second, 9);
  EXPECT_EQ(sorted[1].second, 7);
  EXPECT_FALSE(longest.takes(7));
}

class Stats : public testing::Test {
 protected:
  Stats() {
    const Slot shell = add({10, 1}, kNoSlot, "sh");
    slot = add({20, 2}, shell, "ls\x1b[31m");
    task.self = {20, 2};
    task.comm = "ls\x1b[31m";
    record.head.table = &table;
    record.slot = slot;
    record.task = &task;
    record.image = &image;
  }
  Slot add(ProcKey key, Slot creator, std::string_view comm) {
    const Slot added = table.insert(key, creator, Edge::observed);
    table.set_image(added, {comm, "", 1});
    return added;
  }
  void take(RecordKind kind) {
    record.kind = kind;
    record.exit = kind == RecordKind::exit ? &exit : nullptr;
    record.head.ktime_ns = 5'000'000'002;
    EXPECT_TRUE(stats.on_process(record));
  }

  ProcessTable table;
  TaskFacts task;
  ImageFacts image;
  ExitEvent exit;
  ProcessRecord record;
  Slot slot = kNoSlot;
  StatsSink stats;
};

TEST_F(Stats, EachTableSafeForATerminal) {
  exit.status = 3 << 8;
  take(RecordKind::fork);
  take(RecordKind::exec);
  take(RecordKind::exec);
  Invocation invocation;
  invocation.args = std::string_view("ls\0-l \x1b[31m\0", 12);
  table.set_invocation(slot, invocation);
  take(RecordKind::exit);
  const auto lines = stats.lines();
  EXPECT_EQ(lines.front(), "stats: 1 fork, 2 execs, 1 exit, 1 failure, 0 lost");
  const auto has = [&](const std::string& line) { return std::ranges::find(lines, line) != lines.end(); };
  EXPECT_TRUE(has("         2  ls\\x1b[31m"));
  EXPECT_TRUE(has("         1  sh")) << "who forked";
  EXPECT_TRUE(has("    5.00 s  ls\\x1b[31m(20)  ls $'-l \\x1b[31m'"));
  EXPECT_TRUE(has("         1  ls\\x1b[31m exited 3"));
}

TEST_F(Stats, AnEndWithoutFactsIsNoFailure) {
  take(RecordKind::exit);
  record.exit = nullptr;
  EXPECT_TRUE(stats.on_process(record));
  EXPECT_EQ(stats.lines().front(), "stats: 0 forks, 0 execs, 1 exit, 0 failures, 0 lost");
  ASSERT_TRUE(stats.on_lost({record.head, {.count = 7}}));
  EXPECT_NE(stats.lines().front().find(", 7 lost"), std::string::npos) << "no `stop` said it";
}

TEST(BrokerClients, AreKnownByWhatWasExecuted) {
  const auto client = [](std::string_view filename, std::string_view exe, std::string_view comm) {
    TaskFacts task;
    task.comm = comm;
    ImageFacts image;
    image.filename = filename;
    image.exe = exe;
    return std::string(broker_client(task, image));
  };
  EXPECT_EQ(client("/usr/bin/tmux", "/usr/bin/tmux", "tmux"), "tmux");
  EXPECT_EQ(client("./gradlew", "/bin/sh", "gradlew"), "gradlew") << "a script";
  EXPECT_EQ(client("/proc/self/fd/3", "/usr/bin/docker", "3"), "docker");
  EXPECT_EQ(client("/usr/bin/ls", "/usr/bin/ls", "ls"), "");
  EXPECT_EQ(client("/tmux/ls", "/tmux/ls", "ls"), "");
}

}  // namespace
}  // namespace proctree
