// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// A tracer that is opened in steps: no step is longer than its budget, nothing is missed, and what may not be
// done before it is open is an error.
#include <gtest/gtest.h>
#include <poll.h>
#include <proctree/proctree.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "capi/handle.hpp"
#include "made_tracer.hpp"

namespace proctree {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t kStep = 32;  // processes that a step looks at, at most

bool readable(int fd) {
  pollfd waited{fd, POLLIN, 0};
  return ::poll(&waited, 1, 0) == 1;
}

class Opening : public testing::Test {
 protected:
  // In lines of ten below pid 1, children ahead of their creators as often as behind.
  void run(std::uint32_t count) {
    source.tasks.push_back({0, task(1, 10, {0, 0}, "init", 1), {}});
    for (std::uint32_t pid = 2; pid <= count; ++pid) {
      const std::uint32_t above = pid % 10 == 0 ? 1 : pid - 1;
      source.tasks.push_back({0, task(pid, key(pid).start_ns, key(above), "worker", 1), {}});
    }
    std::ranges::reverse(source.tasks.begin() + 1, source.tasks.begin() + count / 2);
  }
  static ProcKey key(std::uint32_t pid) { return {pid, std::uint64_t{pid} * 10}; }
  void fork(std::uint32_t pid) {
    ForkEvent event;
    event.ktime_ns = source.attached_ns + pid;
    event.child = task(pid, event.ktime_ns, key(5), "worker", 1);
    event.creator = key(5);
    event.creator_exec_seq = 1;
    event.creator_comm = "worker";
    source.events.emplace_back(event);
  }
  Tracer begin(const TracerOptions& options = {}) {
    auto tracer = opening_tracer(source, options);
    EXPECT_TRUE(tracer) << tracer.error().to_string();
    return std::move(*tracer);
  }
  // With the least of budgets; returns how many steps it took.
  static std::size_t finish(Tracer& tracer) {
    for (std::size_t steps = 1;; ++steps) {
      const auto opened = tracer.open_step(0us);
      EXPECT_TRUE(opened) << opened.error().to_string();
      if (!opened || *opened) return steps;
    }
  }
  FakeSource source;
};

TEST_F(Opening, NoStepLooksAtMoreThanItsBudget) {
  constexpr std::uint32_t kProcesses = 20'000, kForks = 5'000;
  run(kProcesses);
  source.during_snapshot = [this] {
    for (std::uint32_t i = 0; i < kForks; ++i) fork(100'000 + i);
  };
  Tracer tracer = begin();
  EXPECT_FALSE(tracer.is_open());
  const std::size_t steps = finish(tracer);
  EXPECT_TRUE(tracer.is_open());
  EXPECT_LE(source.tasks_at_once, kStep);
  EXPECT_LE(source.events_at_once, kStep);
  // Each is taken from the source, linked to its creator, and settled where it came in.
  EXPECT_GE(steps, (3 * kProcesses + kForks) / kStep);
  EXPECT_EQ(tracer.processes(), kProcesses + kForks);
}

TEST_F(Opening, InStepsItLearnsWhatItLearnsAtOnce) {
  run(1'000);
  Tracer in_steps = begin();
  finish(in_steps);
  auto at_once = made_tracer(source, {});
  ASSERT_TRUE(at_once);
  ASSERT_EQ(in_steps.list().size(), 1'000u);
  for (const ProcessInfo& info : at_once->list()) {
    EXPECT_EQ(in_steps.chain(info.key), at_once->chain(info.key));
    EXPECT_EQ(in_steps.lineage(info.key).complete, at_once->lineage(info.key).complete);
  }
}

TEST_F(Opening, WhatHappensBetweenTheStepsIsNotMissed) {
  run(200);
  Tracer tracer = begin();
  ASSERT_TRUE(tracer.open_step(0us));
  fork(1'000);  // before the snapshot has ended: it ran already when the tracer is open
  ExecEvent exec;
  exec.ktime_ns = source.attached_ns + 1;
  exec.task = task(150, key(150).start_ns, key(149), "other", 2);
  source.events.emplace_back(exec);
  ASSERT_TRUE(tracer.open_step(0us));
  for (int i = 0; i < 10; ++i) ASSERT_TRUE(tracer.open_step(0us));
  fork(1'001);
  finish(tracer);
  EXPECT_EQ(tracer.processes(), 201u);
  EXPECT_TRUE(tracer.chain(key(150)).starts_with("150|other|"));
  std::vector<std::uint32_t> forks;
  ASSERT_TRUE(tracer.poll(0ms, [&](const Record& record) {
    if (record.kind == RecordKind::fork) forks.push_back(record.task->self.pid);
  }));
  EXPECT_EQ(forks, std::vector<std::uint32_t>{1'001});
  EXPECT_EQ(tracer.processes(), 202u);
}

TEST_F(Opening, ABudgetIsUsed) {
  run(2'000);
  Tracer tracer = begin();
  EXPECT_TRUE(tracer.open_step(1h).value_or(false));
  EXPECT_TRUE(tracer.open_step(0us).value_or(false)) << "once it is open there is nothing to do";
  EXPECT_EQ(tracer.processes(), 2'000u);
}

TEST_F(Opening, BeforeItIsOpenNothingElseMayBeDone) {
  run(100);
  Tracer tracer = begin();
  ASSERT_TRUE(tracer.open_step(0us));
  EXPECT_TRUE(readable(tracer.fd()));
  const auto no_records = [](const Record&) { FAIL(); };
  const auto says = [](const auto& result) {
    return result ? std::string() : std::string(name_of(result.error().code)) + " " + result.error().message;
  };
  const std::string expected = "invalid_argument the tracer is not open yet";
  EXPECT_EQ(says(tracer.poll(0ms, no_records)), expected);
  EXPECT_EQ(says(tracer.poll_some(0ms, 1, no_records)), expected);
  EXPECT_EQ(says(tracer.resync(no_records)), expected);
  EXPECT_EQ(says(tracer.configure({})), expected);
  EXPECT_EQ(says(tracer.follow(5)), expected);
  EXPECT_EQ(says(tracer.unfollow(5)), expected);
  EXPECT_FALSE(tracer.set_user_data(key(5), this));
  EXPECT_EQ(tracer.find(1), std::nullopt);
  EXPECT_EQ(tracer.info(key(1)), std::nullopt);
  EXPECT_TRUE(tracer.list().empty());
  EXPECT_EQ(tracer.chain(key(1)), "");
  EXPECT_EQ(tracer.entry(key(5)), std::nullopt);
  EXPECT_EQ(tree_len(tracer.view()), 0u);
  EXPECT_EQ(tracer.processes(), 0u);
  finish(tracer);
  EXPECT_TRUE(tracer.poll(0ms, {})) << "and it goes on";
  EXPECT_TRUE(tracer.find(1));
}

TEST_F(Opening, ClosedInTheMidstItGivesUp) {
  run(100);
  Tracer tracer = begin();
  ASSERT_TRUE(tracer.open_step(0us));
  EXPECT_EQ(tracer.close([](const Record&) { FAIL(); }).value_or(9), 0u);
  EXPECT_FALSE(readable(tracer.fd()));
  for (const auto& step : {tracer.open_step(), tracer.open_step()}) {
    ASSERT_FALSE(step);
    EXPECT_EQ(step.error().message, "the tracer is closed");
  }
  EXPECT_FALSE(tracer.close({}));
  EXPECT_FALSE(tracer.is_open());
  Tracer dropped = begin();
  ASSERT_TRUE(dropped.open_step(0us));  // and destroyed
}

TEST_F(Opening, WhatFailsStaysSo) {
  run(100);
  source.snapshot_fails_after = 50;
  Tracer tracer = begin();
  ASSERT_TRUE(tracer.open_step(0us));
  for (int i = 0; i < 3; ++i) {
    const auto step = tracer.open_step();
    ASSERT_FALSE(step);
    EXPECT_EQ(step.error().message, "the task iterator failed");
    source.snapshot_fails_after = ~std::size_t{0};
  }
  EXPECT_EQ(tracer.poll(0ms, {}).error().message, "the task iterator failed");
  EXPECT_FALSE(made_tracer(source, {.under_pids = {4'711}})) << "a filter without meaning";
  EXPECT_TRUE(made_tracer(source, {}));
}

TEST_F(Opening, WhatRanIsHandedOutInPartsToo) {
  run(1'000);
  TracerOptions options;
  options.running = true;
  Tracer tracer = begin(options);
  finish(tracer);
  fork(2'000);
  std::vector<std::uint32_t> pids;
  std::vector<RecordKind> kinds;
  while (kinds.empty() || kinds.back() != RecordKind::fork) {
    EXPECT_TRUE(readable(tracer.fd()));
    const auto polled = tracer.poll_some(0ms, 100, [&](const Record& record) {
      kinds.push_back(record.kind);
      if (record.kind == RecordKind::process) pids.push_back(record.task->self.pid);
    });
    ASSERT_TRUE(polled);
    ASSERT_LE(*polled, 101u);
  }
  EXPECT_EQ(kinds.front(), RecordKind::start);
  std::ranges::sort(pids);
  EXPECT_EQ(pids.size(), 1'000u);
  EXPECT_EQ(std::ranges::adjacent_find(pids), pids.end());
}

TEST_F(Opening, AMovedFromOneAndAChildsAreErrors) {
  run(10);
  Tracer tracer = begin();
  Tracer moved = std::move(tracer);
  EXPECT_FALSE(tracer.open_step());
  EXPECT_FALSE(tracer.is_open());
  EXPECT_TRUE(moved.open_step(1h).value_or(false));
}

TEST_F(Opening, InC) {
  run(1'000);
  const std::unique_ptr<struct proctree_tracer, void (*)(struct proctree_tracer*)> handle(
      proctree_new(nullptr), proctree_free);
  EXPECT_EQ(proctree_open_step(nullptr, 0), -EINVAL);
  EXPECT_EQ(proctree_open_step(handle.get(), 0), -EINVAL);
  EXPECT_NE(std::string(proctree_last_error(handle.get())).find("not open"), std::string::npos);
  EXPECT_EQ(proctree_is_open(nullptr), 0);
  EXPECT_EQ(proctree_load_ns(nullptr), 0);
  handle->tracer.emplace(begin());
  EXPECT_EQ(proctree_begin_open(handle.get()), -EINVAL) << "once";
  EXPECT_EQ(proctree_open_step(handle.get(), 0), 0);
  EXPECT_EQ(proctree_is_open(handle.get()), 0);
  EXPECT_EQ(proctree_poll(handle.get(), 0, nullptr, nullptr), -EINVAL);
  proctree_key found{};
  EXPECT_EQ(proctree_find(handle.get(), 1, &found), -ENOENT);
  EXPECT_TRUE(readable(proctree_fd(handle.get())));
  EXPECT_EQ(proctree_open_step(handle.get(), UINT32_MAX), 1);
  EXPECT_EQ(proctree_is_open(handle.get()), 1);
  EXPECT_EQ(proctree_find(handle.get(), 1, &found), 0);
  EXPECT_EQ(proctree_poll(handle.get(), 0, nullptr, nullptr), 1);
}

}  // namespace
}  // namespace proctree
