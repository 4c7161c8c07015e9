// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// Against those who want to break it: lines without end, fork bombs, no arguments at all.
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <fstream>
#include <thread>

#include "live.hpp"

namespace proctree::live {
namespace {

// The most that was resident of it so far, without what it shares with the kernel (the ring).
std::uint64_t resident_kib(pid_t pid) {
  std::ifstream status("/proc/" + std::to_string(pid) + "/status");
  std::string key;
  for (std::uint64_t value = 0; status >> key;) {
    if (key == "RssAnon:" && status >> value) return value;
  }
  return 0;
}

// Each ends as soon as it has forked the next one: all stay ancestors of the last.
TEST(AttackTest, AnEndlessLineIsFoldedAndSaysSo) {
  constexpr unsigned kLength = 20'000;
  Tracer tracer;
  ASSERT_TRACING(tracer);
  const std::uint64_t before = resident_kib(tracer.pid());
  Workload workload;
  workload.start("attack", {"line", std::to_string(kLength)});
  ASSERT_FINISHED(workload);
  const std::uint64_t after = resident_kib(tracer.pid());
  ASSERT_STOPPED(tracer);

  Problems problems;
  const Stream stream = tracer.stream(problems);
  check_whole(stream, true, problems);
  const Truth truth = workload.truth(problems);
  EXPECT_TRUE(problems.none()) << problems.text();
  const Record* last = nullptr;
  for (const Record& record : stream.records) {
    const TrueProcess* process = truth.find_id(record.id);
    if (record.type == "exec" && process != nullptr && process->method == "fork") last = &record;
  }
  ASSERT_NE(last, nullptr);
  // Its end nearest to the process is whole; the middle is given as its number; the top is there.
  std::string_view chain = last->json.string("chain").value_or("");
  const TrueProcess* process = truth.find_id(last->id);
  std::size_t whole = 0;
  for (; process != nullptr && chain.starts_with(std::to_string(process->pid) + '|'); ++whole) {
    chain.remove_prefix(std::min(chain.size(), chain.find(';') + 1));
    process = truth.find(process->creator);
    if (chain.substr(0, 64).find(" folded)|") != std::string_view::npos) break;
  }
  EXPECT_GE(whole, 500u);
  EXPECT_NE(chain.find(" folded)|"), std::string_view::npos) << chain.substr(0, 200);
  EXPECT_NE(chain.find(';' + std::to_string(getpid()) + '|'), std::string_view::npos);
  EXPECT_FALSE(last->json.is_true("lineage_complete"));
  EXPECT_EQ(last->json.array("ancestors")->size(), 64u);
  EXPECT_LT(after, before + 16 * 1024) << "KiB";
}

// Thousands of programs, each with a long path of its own: what has ended is evicted, and that is reported.
TEST(AttackTest, MemoryStaysWithinItsBound) {
  constexpr unsigned kPrograms = 6000;
  Tracer bounded({.args = {"--memory-max", "16"}}), unbounded;
  ASSERT_TRACING(bounded);
  ASSERT_TRACING(unbounded);
  Workload workload;
  workload.start("attack", {"names", std::to_string(kPrograms)});
  std::uint64_t most = 0;
  while (workload.running() > 0) {
    most = std::max(most, resident_kib(bounded.pid()));
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  ASSERT_FINISHED(workload);
  EXPECT_LT(most, 16 * 1024U) << "KiB";
  EXPECT_GT(resident_kib(unbounded.pid()), 16 * 1024U) << "the attack is too weak to prove anything";
  for (Tracer* tracer : {&bounded, &unbounded}) {
    ASSERT_STOPPED(*tracer);
    const Stream stream = expect_all_seen(workload, *tracer).stream;
    const auto gave_way = stream.records.back().json.number("counters.memory_history").value_or(0);
    EXPECT_EQ(gave_way > 0, tracer == &bounded) << gave_way;
  }
}

// Up to the limit of what a user may have, each of them forking more; what is refused is no event.
TEST(AttackTest, AForkBombAtItsLimitIsSeenWhole) {
  constexpr std::uint64_t kMost = 3000;
  Tracer tracer;
  ASSERT_TRACING(tracer);
  Workload workload;
  workload.start("attack", {"bomb", "54321", std::to_string(kMost)});
  ASSERT_FINISHED(workload);
  ASSERT_STOPPED(tracer);
  const Report report = expect_all_seen(workload, tracer).report;
  EXPECT_GE(report.births, kMost - 1);
}

// A kernel of 5.18 or later puts one empty argument there.
TEST(AttackTest, NoArguments) {
  Tracer tracer;
  ASSERT_TRACING(tracer);
  Workload workload;
  const pid_t pid = workload.start("attack", {"zero", "/bin/true"});
  ASSERT_FINISHED(workload);
  ASSERT_STOPPED(tracer);
  const Stream stream = expect_stream(tracer);
  std::size_t found = 0;
  for (const Record& record : stream.records) {
    if (record.type != "exec" || record.pid != static_cast<std::uint32_t>(pid)) continue;
    if (record.json.string("filename") != "/bin/true") continue;
    ++found;
    const std::size_t count = record.json.array("args")->size();
    EXPECT_LE(count, 1u);
    EXPECT_EQ(record.json.number("args_size"), count);
    EXPECT_EQ(record.json.joined_args(), "");
    EXPECT_TRUE(record.json.is_true("lineage_complete"));
  }
  EXPECT_EQ(found, 1u);
}

}  // namespace
}  // namespace proctree::live
