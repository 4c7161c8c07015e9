// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// A table maintained by records alone equals the tracer's own after every loss.
#include "mirror.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <utility>

#include "made_tracer.hpp"
#include "simulated_host.hpp"

namespace proctree {
namespace {

using namespace std::chrono_literals;

TracerOptions with_table() {
  TracerOptions options;
  options.running = options.resynced = options.forgotten = true;
  return options;
}

class MirrorTest : public testing::TestWithParam<std::uint32_t> {};

TEST_P(MirrorTest, IsTheTreeAfterEachOf200Losses) {
  SimulatedHost host(GetParam());
  host.source.attached_ns = host.now();
  host.steps(40);
  host.show_tasks();
  host.source.events.clear();
  host.source.attached_ns = host.now();
  TracerOptions options = with_table();
  options.exited_max = GetParam() % 2 == 0 ? 4 : 65536;
  auto tracer = made_tracer(host.source, options);
  ASSERT_TRUE(tracer) << tracer.error().to_string();
  Mirror mirror;
  std::size_t resynced = 0, forgotten = 0;
  const auto take = [&](const Record& record) {
    resynced += record.kind == RecordKind::resynced;
    forgotten += record.kind == RecordKind::forgotten;
    mirror.take(record);
  };
  ASSERT_TRUE(tracer->poll(0ms, take));
  ASSERT_EQ(mirror.difference(*tracer), "");
  for (int loss = 0; loss < 200; ++loss) {
    host.steps(host.pick(20));
    host.lose(true);
    host.steps(1 + host.pick(20));
    host.lose(false);
    host.steps(host.pick(10));
    host.show_tasks();
    ASSERT_TRUE(tracer->poll(0ms, take));
    ASSERT_TRUE(tracer->resync(take));
    ASSERT_EQ(mirror.difference(*tracer), "") << "after loss " << loss;
  }
  EXPECT_GT(resynced, 200u);
  EXPECT_GE(forgotten, options.exited_max == 4 ? 100u : 0u);
  ASSERT_TRUE(tracer->close(take));
}

INSTANTIATE_TEST_SUITE_P(Seeds, MirrorTest, testing::Range(1u, 11u));

class Table : public testing::Test {
 protected:
  Table() { source.tasks.push_back({0, task(1, 10, {0, 0}, "init", 1), {}}); }
  void fork(std::uint32_t pid, std::uint64_t start, const char* comm, ProcKey creator = {1, 10},
            const char* creator_comm = "init") {
    ForkEvent event;
    event.ktime_ns = start;
    event.child = task(pid, start, creator, comm, 1);
    event.creator = creator;
    event.creator_exec_seq = 1;
    event.creator_comm = creator_comm;
    source.events.emplace_back(event);
  }
  void exit(std::uint32_t pid, std::uint64_t start) {
    ExitEvent event;
    event.ktime_ns = start + 1;
    event.task = task(pid, start, {1, 10}, "child", 1);
    source.events.emplace_back(event);
  }
  FakeSource source;
};

TEST_F(Table, GivesWhatIsForgottenOnlyToWhoAsks) {
  for (const bool asked : {false, true}) {
    FakeSource events;
    events.tasks = source.tasks;
    std::swap(events.events, source.events);
    for (std::uint32_t pid = 100; pid < 110; ++pid) {
      fork(pid, source.attached_ns + pid, "child");
      exit(pid, source.attached_ns + pid);
    }
    std::swap(events.events, source.events);
    TracerOptions options;
    options.forgotten = asked;
    options.exited_max = 2;
    options.exited_ttl = 0s;
    auto tracer = made_tracer(events, options);
    ASSERT_TRUE(tracer);
    std::size_t forgotten = 0;
    const auto take = [&](const Record& record) { forgotten += record.kind == RecordKind::forgotten; };
    ASSERT_TRUE(tracer->poll(0ms, take));
    ASSERT_TRUE(tracer->resync(take)) << "with all housekeeping";
    EXPECT_EQ(forgotten, asked ? 8u : 0u);
    ASSERT_TRUE(tracer->close(take));
    EXPECT_EQ(forgotten, asked ? 8u : 0u);
    source.events.clear();
  }
}

TEST_F(Table, HandsUserDataBack) {
  TracerOptions options;
  options.forgotten = true;
  options.exited_max = 1;
  options.exited_ttl = 0s;
  auto tracer = made_tracer(source, options);
  ASSERT_TRUE(tracer);
  const std::uint64_t at = source.attached_ns + 100;
  int first = 0, second = 0, init = 0;
  std::map<void*, int> seen, back;
  const auto take = [&](const Record& record) {
    if (record.user_data == nullptr) return;
    (record.kind == RecordKind::forgotten ? back : seen)[record.user_data]++;
    EXPECT_EQ(record.lives, record.kind == RecordKind::forgotten && record.user_data == &init);
    EXPECT_EQ(OwnedRecord(record)->user_data, record.user_data);
  };
  ASSERT_TRUE(tracer->poll(0ms, take));
  EXPECT_FALSE(tracer->set_user_data({100, at}, &first)) << "not in the tree";
  fork(100, at, "child");
  fork(101, at + 1, "child");
  ASSERT_TRUE(tracer->poll(0ms, take));
  ASSERT_TRUE(tracer->set_user_data({100, at}, &first));
  ASSERT_TRUE(tracer->set_user_data({101, at + 1}, &second));
  ASSERT_TRUE(tracer->set_user_data({1, 10}, &init));
  EXPECT_EQ(tracer->user_data({100, at}), &first);
  EXPECT_EQ(tracer->info({101, at + 1})->user_data, &second);
  exit(100, at);
  exit(101, at + 1);
  ASSERT_TRUE(tracer->poll(0ms, take));
  ASSERT_TRUE(tracer->resync(take)) << "with all housekeeping";
  EXPECT_EQ(seen, (std::map<void*, int>{{&first, 1}, {&second, 1}})) << "in their exits";
  EXPECT_EQ(back, (std::map<void*, int>{{&first, 1}})) << "one ended process is remembered";
  ASSERT_TRUE(tracer->close(take));
  EXPECT_EQ(back, (std::map<void*, int>{{&first, 1}, {&second, 1}, {&init, 1}}));
  EXPECT_EQ(tracer->user_data({1, 10}), nullptr);
}

TEST_F(Table, ForgetsEachOfALongLineOnce) {
  TracerOptions options;
  options.forgotten = true;
  options.exited_ttl = 0s;
  auto tracer = made_tracer(source, options);
  ASSERT_TRUE(tracer);
  constexpr std::uint32_t kFirst = 100, kLinks = 3000;  // of which a run keeps 1024
  std::map<std::uint32_t, int> forgotten;
  const auto take = [&](const Record& record) {
    if (record.kind == RecordKind::forgotten) ++forgotten[record.task->self.pid];
  };
  ASSERT_TRUE(tracer->poll(0ms, take));
  ProcKey creator{1, 10};
  for (std::uint32_t pid = kFirst; pid < kFirst + kLinks; ++pid) {
    const std::uint64_t start = source.attached_ns + pid;
    fork(pid, start, "link", creator, "link");
    if (creator.pid != 1) exit(creator.pid, creator.start_ns);
    creator = {pid, start};
  }
  ASSERT_TRUE(tracer->poll(0ms, take));
  ASSERT_TRUE(tracer->resync(take)) << "with all housekeeping";
  EXPECT_GT(forgotten.size(), 1000u);
  for (const auto& [pid, times] : forgotten) EXPECT_EQ(times, 1) << pid;
}

TEST_F(Table, SaysWhatOfTheLivingMemoryTook) {
  TracerOptions options;
  options.resynced = options.forgotten = true;
  options.memory_max = 1024 * 1024;
  auto tracer = made_tracer(source, options);
  ASSERT_TRUE(tracer);
  Mirror mirror;
  std::size_t living = 0;
  const auto take = [&](const Record& record) {
    living += record.kind == RecordKind::forgotten && record.lives;
    mirror.take(record);
  };
  for (const ProcessInfo& info : tracer->list()) {
    mirror.rows[{info.key.pid, info.key.start_ns}] = {info.creator, std::string(info.comm),
                                                      std::string(info.exe), info.exec_seq, false};
  }
  for (std::uint32_t pid = 100; pid < 20100; ++pid) fork(pid, source.attached_ns + pid, "child");
  ASSERT_TRUE(tracer->poll(0ms, take));
  EXPECT_GT(living, 1000u);
  EXPECT_EQ(mirror.difference(*tracer), "");
}

}  // namespace
}  // namespace proctree
