// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// Which ring is used, and that it is reported; records that nearly fill a small ring's region.
#include <algorithm>
#include <map>
#include <string>
#include <thread>
#include <vector>

#include "live.hpp"

namespace proctree::live {
namespace {

std::string ring_of(std::vector<std::string> options) {
  const bool all_facts = std::ranges::find(options, "netlink") == options.end();
  Tracer tracer({.args = std::move(options)});
  EXPECT_TRUE(tracer.wait_until_tracing()) << tracer.errors();
  EXPECT_EQ(tracer.stop(), "exit 0") << tracer.errors();
  const Stream stream = expect_stream(tracer, all_facts);
  if (stream.records.empty()) return {};
  return std::string(stream.records.front().json.string("tracer.ring").value_or("none"));
}

TEST(RingTest, TheStartNamesTheOneInUse) {
  EXPECT_EQ(ring_of({"--ring", "kernel"}), "kernel");
  EXPECT_EQ(ring_of({"--source", "netlink"}), "none");
  if (!has_percpu_rings()) return;
  EXPECT_EQ(ring_of({"--ring", "percpu"}), "percpu");
}

TEST(RingTest, DoctorNamesTheFirstThatLoads) {
  const std::string out = run({proctree_path(), "doctor"}).out;
  const auto lines = lines_of(out);
  const auto line =
      std::ranges::find_if(lines, [](const std::string& of) { return of.find(" ring ") != of.npos; });
  ASSERT_NE(line, lines.end()) << out;
  EXPECT_EQ(line->find("no per-cpu rings") == line->npos, has_percpu_rings()) << *line;
}

TEST(RingTest, NetlinkHasNone) {
  const Ran ran =
      run({proctree_path(), "trace", "--source", "netlink", "--ring", "percpu", "--duration", "1"});
  EXPECT_EQ(ran.code(), 2);
  EXPECT_NE(ran.err.find("--ring"), std::string::npos) << ran.err;
}

// Several at a time on every cpu, with arguments of tens of KiB: each is whole, and between its process's
// birth and end.
TEST(RingTest, LargeExecsAreWholeAndInOrder) {
  constexpr std::size_t kArgument = 56000, kThreads = 4, kEach = 60;
  Tracer tracer({.args = {"--args-max", "65536"}});
  ASSERT_TRACING(tracer);
  std::vector<std::thread> threads;
  std::vector<std::vector<pid_t>> pids(kThreads);
  for (auto& mine : pids) {
    threads.emplace_back([&mine] {
      for (std::size_t i = 0; i < kEach; ++i) {
        Launch how;
        how.argv = {"/bin/true", std::string(kArgument, 'x')};
        mine.push_back(launch(how));
        (void)live::wait_for(mine.back());
      }
    });
  }
  for (auto& thread : threads) thread.join();
  ASSERT_STOPPED(tracer);
  Problems problems;
  const Stream stream = tracer.stream(problems);
  check_whole(stream, true, problems);
  EXPECT_TRUE(problems.none()) << problems.text();
  std::map<std::uint32_t, std::string> lives;
  for (const Record& record : stream.records) {
    lives[record.pid] += record.type + ' ';
    if (record.type != "exec" || record.json.number("args_size").value_or(0) < kArgument) continue;
    const Json::Array* args = record.json.array("args");
    ASSERT_NE(args, nullptr);
    EXPECT_EQ(args->size(), 2u);
    EXPECT_FALSE(record.json.is_true("args_truncated"));
  }
  for (const auto& mine : pids) {
    for (const pid_t pid : mine) EXPECT_EQ(lives[static_cast<std::uint32_t>(pid)], "fork exec exit ");
  }
}

}  // namespace
}  // namespace proctree::live
