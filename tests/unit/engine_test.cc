// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// The engine between a source and a sink of the test's own.
#include "engine/engine.hpp"

#include <gtest/gtest.h>
#include <sched.h>

#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/boot_clock.hpp"
#include "engine/task_pool.hpp"
#include "fake_source.hpp"
#include "proc_fixture.hpp"
#include "tree/record_kind.hpp"

namespace proctree {
namespace {

class FakeSink final : public Sink {
 public:
  Result<void> on_start(const StartRecord& record) override {
    lines.push_back("start " + std::to_string(record.processes));
    return {};
  }
  Result<void> on_process(const ProcessRecord& record) override {
    lines.push_back(std::string(kind_name(record.kind)) + " " + std::to_string(record.task->self.pid) +
                    (record.head.lost.all ? " in a gap" : ""));
    return fail_at != 0 && lines.size() >= fail_at ? Result<void>(fail(ErrorCode::io, "full"))
                                                   : Result<void>{};
  }
  Result<void> on_lost(const LostRecord& record) override {
    lines.push_back("lost " + std::to_string(record.lost.count));
    return {};
  }
  Result<void> on_resync(const ResyncRecord& record) override {
    lines.push_back("resync " + std::to_string(record.mending.added) + " " +
                    std::to_string(record.mending.exited));
    return {};
  }
  Result<void> on_stop(const StopRecord& record) override {
    lines.push_back("stop " + std::to_string(record.totals.forks) + " " +
                    std::to_string(record.totals.execs) + " " + std::to_string(record.totals.exits) + " " +
                    std::to_string(record.totals.lost));
    failed_execs = record.failed_execs;
    return {};
  }
  Result<void> on_resynced(const ProcessRecord& record, Resynced change) override {
    static constexpr const char* kNames[] = {"added", "corrected", "ended"};
    lines.push_back(std::string(kNames[static_cast<int>(change)]) + " " + std::string(record.task->comm) +
                    " " + std::to_string(record.task->self.pid) +
                    (record.exit != nullptr ? " with its exit" : ""));
    return {};
  }
  [[nodiscard]] bool takes_resynced() const override { return wants_resynced; }
  Result<void> flush() override { return {}; }

  std::vector<std::string> lines;
  bool wants_resynced = false;
  std::optional<std::uint64_t> failed_execs;
  std::size_t fail_at = 0;
};

class EngineTest : public testing::Test {
 protected:
  EngineTest() {
    add_running(task(1, 10, {0, 0}, "init", 1));
    add_running(task(50, 500, {1, 10}, "sshd", 3));
    options.proc_root = "/nonexistent";
  }
  void add_running(const TaskFacts& facts) {
    SnapshotTask running;
    running.task = facts;
    source.tasks.push_back(running);
  }
  void fork(std::uint32_t pid, std::uint64_t start, ProcKey creator, std::string_view comm,
            std::uint64_t seq) {
    ForkEvent event;
    event.child = task(pid, start, creator, comm, seq);
    event.creator = creator;
    event.creator_exec_seq = seq;
    event.creator_comm = comm;
    source.events.emplace_back(event);
  }
  void exec(std::uint32_t pid, std::uint64_t start, ProcKey parent, std::string_view comm,
            std::uint64_t seq) {
    ExecEvent event;
    event.task = task(pid, start, parent, comm, seq);
    source.events.emplace_back(event);
  }
  void exit(std::uint32_t pid, std::uint64_t start, ProcKey parent, std::string_view comm,
            std::uint64_t seq) {
    ExitEvent event;
    event.task = task(pid, start, parent, comm, seq);
    source.events.emplace_back(event);
  }
  // Starts, lets `later` add events, reads all and stops; returns the lines.
  template <class Later>
  std::vector<std::string> run(Later later) {
    Engine engine(source, sink, Host{}, options);
    EXPECT_TRUE(engine.start());
    EXPECT_TRUE(engine.report_start());
    later();
    EXPECT_TRUE(engine.pump(kReadAll));
    EXPECT_TRUE(engine.stop());
    return sink.lines;
  }

  FakeSource source;
  FakeSink sink;
  EngineOptions options;
};

using Lines = std::vector<std::string>;

TEST_F(EngineTest, WhatHappenedBeforeTheStartRecordHasNoRecord) {
  const std::uint64_t born = source.attached_ns + 5;
  fork(60, born, {50, 500}, "sshd", 3);
  add_running(task(60, born, {50, 500}, "sshd", 3));  // the iterator sees it as well
  EXPECT_EQ(run([&] {
              exec(60, born, {50, 500}, "bash", 4);
            }),
            (Lines{"start 3", "exec 60", "stop 0 1 0 0"}));
}

TEST_F(EngineTest, AProcessWhoseForkEventIsStillToComeIsSeenOnce) {
  const std::uint64_t born = source.attached_ns + 5;
  add_running(task(60, born, {50, 500}, "sshd", 3));
  options.write_snapshot = true;
  EXPECT_EQ(run([&] {
              fork(60, born, {50, 500}, "sshd", 3);
            }),
            (Lines{"start 2", "process 1", "process 50", "fork 60", "stop 1 0 0 0"}));
}

// Its parent was held up between making it visible and reporting it.
TEST_F(EngineTest, AProcessThatBeganBeforeTheStartAndIsReportedBehindItIsSeenOnce) {
  const std::uint64_t born = source.attached_ns - 5;
  add_running(task(60, born, {50, 500}, "sshd", 3));
  options.write_snapshot = true;
  EXPECT_EQ(run([&] {
              fork(60, born, {50, 500}, "sshd", 3);
              fork(61, born, {50, 500}, "sshd", 3);  // the iterator had passed its pid
            }),
            (Lines{"start 3", "process 1", "process 50", "process 60", "fork 61", "stop 1 0 0 0"}));
}

// A process changes its place in the iterator's order where a thread of it executes: /proc shows what was
// missed.
TEST_F(EngineTest, WhatTheIteratorMissedIsTakenFromProc) {
  const std::uint64_t tick = source.attached_ns / kTickNs;
  const TempTree proc;
  const auto runs = [&](std::uint32_t pid, std::uint64_t start_ticks) {
    FakeProcess{.pid = pid, .comm = "bash", .ppid = 50, .start_ticks = start_ticks}.write_to(proc);
  };
  runs(60, tick - 5);
  runs(61, tick);  // in the tick of the attach, before it
  runs(62, tick);  // and after it: its fork is reported still
  runs(63, tick + 5);
  runs(64, tick - 3);  // its child's fork has named it
  fork(65, source.attached_ns + 7, {64, (tick - 3) * kTickNs + 1}, "bash", 4);
  options.proc_root = proc.root();
  options.write_snapshot = true;
  Lines lines = run([&] {
    fork(62, source.attached_ns + 3, {50, 500}, "sshd", 3);
    fork(63, source.attached_ns + 5 * kTickNs + 3, {50, 500}, "sshd", 3);
  });
  std::ranges::sort(lines);  // /proc is in no order
  EXPECT_EQ(lines, (Lines{"fork 63", "process 1", "process 50", "process 60", "process 61", "process 62",
                          "process 64", "process 65", "start 7", "stop 1 0 0 0"}));
}

TEST_F(EngineTest, SnapshotRecordsAreThoseThatLiveAtTheStart) {
  const std::uint64_t born = source.attached_ns + 5;
  fork(60, born, {50, 500}, "sshd", 3);
  exec(60, born, {50, 500}, "bash", 4);
  exit(50, 500, {1, 10}, "sshd", 3);
  options.write_snapshot = true;
  EXPECT_EQ(run([] {}), (Lines{"start 2", "process 1", "process 60", "stop 0 0 0 0"}));
}

TEST_F(EngineTest, ARepeatedExitIsOne) {
  EXPECT_EQ(run([&] {
              exit(50, 500, {1, 10}, "sshd", 3);
              exit(50, 500, {1, 10}, "sshd", 3);
            }),
            (Lines{"start 2", "exit 50", "stop 0 0 1 0"}));
}

TEST_F(EngineTest, LossIsReportedInItsPlaceAndAtTheEnd) {
  EXPECT_EQ(
      run([&] {
        exec(50, 500, {1, 10}, "a", 4);
        source.events.emplace_back(LostEvent{3, 1, 2});
        exec(50, 500, {1, 10}, "b", 5);
        source.silent_losses = 4;
      }),
      (Lines{"start 2", "exec 50", "lost 3", "exec 50 in a gap", "resync 0 0", "lost 4", "stop 0 2 0 7"}));
}

TEST_F(EngineTest, AfterTheResyncOfAGapLineageIsSureAgain) {
  Engine engine(source, sink, Host{}, options);
  ASSERT_TRUE(engine.start());
  ASSERT_TRUE(engine.report_start());
  source.tasks.pop_back();  // sshd ends, a child of init is born, both unreported
  add_running(task(80, source.attached_ns + 1, {1, 10}, "new", 2));
  source.events.emplace_back(LostEvent{2, 1, 2});
  // What is collected while the tasks are read is applied before they are compared with the tree.
  source.during_snapshot = [this] { exec(80, source.attached_ns + 1, {1, 10}, "new", 2); };
  ASSERT_TRUE(engine.pump(kReadAll));
  EXPECT_FALSE(engine.has_gap());
  EXPECT_EQ(sink.lines, (Lines{"start 2", "lost 2", "exec 80 in a gap", "resync 0 1"}));
}

// So that who reads nothing else knows all that lives.
TEST_F(EngineTest, AResyncReportsWhatItChangedAndNothingThatHasEndedSince) {
  sink.wants_resynced = true;
  Engine engine(source, sink, Host{}, options);
  ASSERT_TRUE(engine.start());
  ASSERT_TRUE(engine.report_start());
  source.tasks.pop_back();  // sshd ends, init executes, two are born, all unreported
  source.tasks.front().task = task(1, 10, {0, 0}, "other", 2);
  add_running(task(80, source.attached_ns + 1, {1, 10}, "new", 2));
  add_running(task(81, source.attached_ns + 1, {1, 10}, "gone", 2));
  source.events.emplace_back(LostEvent{2, 1, 2});
  ASSERT_TRUE(engine.pump(kReadAll));
  EXPECT_EQ(sink.lines, (Lines{"start 2", "lost 2", "resync 2 1"}));
  EXPECT_TRUE(engine.has_unreported());
  exit(81, source.attached_ns + 1, {1, 10}, "gone", 2);
  ASSERT_TRUE(engine.pump(kReadAll));
  EXPECT_FALSE(engine.has_unreported());
  ASSERT_TRUE(engine.stop());
  EXPECT_EQ(sink.lines, (Lines{"start 2", "lost 2", "resync 2 1", "exit 81", "corrected other 1",
                               "added new 80", "ended sshd 50", "stop 0 0 1 2"}));
}

TEST_F(EngineTest, WhatAResyncChangedIsReportedUnderTheFiltersAndBeforeTheStop) {
  sink.wants_resynced = true;
  options.filter.comms = {"new", "sshd"};
  Engine engine(source, sink, Host{}, options);
  ASSERT_TRUE(engine.start());
  ASSERT_TRUE(engine.report_start());
  source.tasks.pop_back();
  for (std::uint32_t pid = 1'000; pid < 2'000; ++pid)
    add_running(task(pid, source.attached_ns + 1, {1, 10}, pid % 2 == 0 ? "new" : "old", 2));
  source.events.emplace_back(LostEvent{2, 1, 2});
  ASSERT_TRUE(engine.pump(kReadAll));
  ASSERT_TRUE(engine.pump(kReadAll));
  EXPECT_TRUE(engine.has_unreported()) << "a slice at a time";
  // What it executes meanwhile counts.
  exec(1'998, source.attached_ns + 1, {1, 10}, "sshd", 3);
  ASSERT_TRUE(engine.pump(kReadAll));
  ASSERT_TRUE(engine.stop());
  EXPECT_EQ(
      std::ranges::count_if(sink.lines, [](const auto& line) { return line.starts_with("added new "); }),
      499);
  EXPECT_EQ(std::ranges::count(sink.lines, "added sshd 1998"), 1);
  EXPECT_EQ(std::ranges::count(sink.lines, "ended sshd 50"), 1);
  EXPECT_EQ(sink.lines.size(), 3 + 1 + 501 + 1U);
  EXPECT_TRUE(sink.lines.back().starts_with("stop"));
}

// A resync of a host whose tasks have long paths holds no more than it may.
TEST(TaskPool, StringsTakeSoMuchAtMost) {
  TaskPool pool(100'000);
  std::size_t retained = 0;
  for (std::uint32_t pid = 1; pid <= 1'000; ++pid) {
    SnapshotTask running;
    const std::string exe = "/" + std::to_string(pid) + std::string(4'000, 'd');
    running.task = task(pid, pid, {1, 10}, "name", 2);
    running.task.cgroup = "/all/of/them";
    running.image.exe = running.image.cwd = exe;
    const SnapshotTask copy = pool.keep(running);
    EXPECT_EQ(copy.task.comm, "name");
    EXPECT_EQ(copy.task.cgroup, "/all/of/them");
    EXPECT_TRUE(copy.image.exe.empty() || copy.image.exe == exe);
    EXPECT_EQ(copy.image.exe.data(), copy.image.cwd.data()) << "one string";
    retained += copy.image.exe.size();
  }
  EXPECT_GT(retained, 50'000U);
  EXPECT_LE(retained, 100'000U);
}

// Failed execs say who called, and change nothing but a name; what is lost of them needs no resync.
TEST_F(EngineTest, FailedExecsLeaveTheTreeAsItIs) {
  source.failed_execs = true;
  const auto fails = [&](std::string_view comm) {
    FailedExecEvent failed;
    failed.ktime_ns = source.attached_ns + 5;
    failed.task = task(50, 500, {1, 10}, comm, 3);
    failed.error = 2;
    source.events.emplace_back(failed);
  };
  EXPECT_EQ(run([&] {
              fails("sshd");
              source.events.emplace_back(LostEvent{7, 1, 2, 7});
              fails("renamed");
            }),
            (Lines{"start 2", "exec_failed 50", "lost 7", "exec_failed 50", "stop 0 0 0 7"}));
  EXPECT_EQ(sink.failed_execs, 2U);
}

// By rule no record ends a trace: what can't be used is a loss, of whatever kind it was.
TEST_F(EngineTest, ABadRecordIsReportedAndTheTreeIsResynced) {
  for (const std::string_view kind : {"fork", "exec_failed", "cgroup"}) {
    Engine engine(source, sink, Host{}, options);
    ASSERT_TRUE(engine.start());
    LostEvent bad{kind == "cgroup" ? 0U : 1U, 1, 2};
    bad.bad_record = true;
    bad.kind = kind;
    bad.failed_execs = kind == "exec_failed" ? 1 : 0;
    source.events.emplace_back(bad);
    sink.lines.clear();
    ASSERT_TRUE(engine.pump(kReadAll));
    const Lines lost_alone{"lost 0"}, resynced{"lost 1", "resync 0 0"};
    EXPECT_EQ(sink.lines, kind == "cgroup" ? lost_alone : resynced) << kind;
  }
}

TEST_F(EngineTest, ALossReportedDuringAResyncLeadsToAnother) {
  Engine engine(source, sink, Host{}, options);
  ASSERT_TRUE(engine.start());
  ASSERT_TRUE(engine.report_start());
  source.events.emplace_back(LostEvent{2, 1, 2});
  source.during_snapshot = [this] { source.events.emplace_back(LostEvent{1, 2, 3}); };
  ASSERT_TRUE(engine.pump(kReadAll));
  EXPECT_TRUE(engine.has_gap());
  EXPECT_GT(engine.resync_due_ns(), boot_now_ns()) << "but not at once: mending is bounded";
}

// The iterator's read may fail for want of memory: that ends this pass, and neither the trace nor the gap.
TEST_F(EngineTest, AResyncThatFailsIsCountedAndTriedAgain) {
  Engine engine(source, sink, Host{}, options);
  ASSERT_TRUE(engine.start());
  ASSERT_TRUE(engine.report_start());
  const auto failed = [&engine] {
    const auto counters = engine.counters();
    for (const Counter& counter : *counters) {
      if (counter.name == "failed_resyncs") return counter.value;
    }
    return ~std::uint64_t{0};
  };
  EXPECT_EQ(failed(), 0U);
  source.tasks.pop_back();  // sshd ends unobserved
  source.events.emplace_back(LostEvent{1, 1, 2});
  source.snapshot_fails_after = 0;
  exec(1, 10, {0, 0}, "init", 2);
  ASSERT_TRUE(engine.pump(kReadAll));
  EXPECT_EQ(sink.lines, (Lines{"start 2", "lost 1", "exec 1 in a gap"}));
  EXPECT_TRUE(engine.has_gap());
  EXPECT_EQ(failed(), 1U);
  EXPECT_EQ(engine.totals().resyncs, 0U);
  ASSERT_GT(engine.resync_due_ns(), boot_now_ns()) << "a kernel short of memory is not asked in a loop";

  source.snapshot_fails_after = ~std::size_t{0};
  while (boot_now_ns() < engine.resync_due_ns()) sched_yield();
  ASSERT_TRUE(engine.pump(kReadAll));
  EXPECT_FALSE(engine.has_gap());
  EXPECT_EQ(sink.lines, (Lines{"start 2", "lost 1", "exec 1 in a gap", "resync 0 1"}));
  EXPECT_EQ(failed(), 1U);
}

TEST_F(EngineTest, WhatIsToBeFollowedWaitsForTheResyncAndNotInALoop) {
  source.followable = true;
  Engine engine(source, sink, Host{}, options);
  ASSERT_TRUE(engine.start());
  ASSERT_TRUE(engine.report_start());
  ASSERT_TRUE(engine.follow(50));
  EXPECT_TRUE(engine.has_unreported());
  ASSERT_TRUE(engine.pump(kReadAll));
  EXPECT_FALSE(engine.has_unreported());
  source.snapshot_fails_after = 0;
  ASSERT_TRUE(engine.follow(1)) << "what it has forked meanwhile takes a resync";
  ASSERT_TRUE(engine.pump(kReadAll));
  ASSERT_TRUE(engine.has_gap());
  ASSERT_GT(engine.resync_due_ns(), boot_now_ns());
  EXPECT_FALSE(engine.has_unreported()) << "until that is due there is nothing to do";
  EXPECT_TRUE(source.all_reported);

  source.snapshot_fails_after = ~std::size_t{0};
  while (boot_now_ns() < engine.resync_due_ns()) sched_yield();
  ASSERT_TRUE(engine.pump(kReadAll));
  EXPECT_TRUE(engine.has_unreported());
  ASSERT_TRUE(engine.pump(kReadAll));
  EXPECT_FALSE(engine.has_unreported());
  EXPECT_FALSE(source.all_reported);
  EXPECT_TRUE(source.is_followed(1));
}

TEST_F(EngineTest, StopsAtTheExecsAskedFor) {
  options.exec_limit = 2;
  EXPECT_EQ(run([&] {
              for (std::uint64_t seq = 4; seq < 9; ++seq) exec(50, 500, {1, 10}, "a", seq);
            }),
            (Lines{"start 2", "exec 50", "exec 50", "stop 0 2 0 0"}));
}

TEST_F(EngineTest, FiltersLeaveOutRecordsButFollowEverything) {
  options.filter.comms = {"bash"};
  options.filter.under.pids = {50};
  EXPECT_EQ(run([&] {
              const std::uint64_t born = source.attached_ns + 9;
              fork(60, born, {50, 500}, "sshd", 3);
              exec(60, born, {50, 500}, "bash", 4);
              fork(61, born + 1, {1, 10}, "init", 1);
              exec(61, born + 1, {1, 10}, "bash", 2);
            }),
            (Lines{"start 2", "exec 60", "stop 2 2 0 0"}));
}

TEST_F(EngineTest, UnderAPidThatNobodyHoldsIsAnError) {
  options.filter.under.pids = {99};
  Engine engine(source, sink, Host{}, options);
  const auto started = engine.start();
  ASSERT_FALSE(started);
  EXPECT_EQ(started.error().code, ErrorCode::not_found);
  EXPECT_NE(started.error().message.find("99"), std::string::npos);
}

// By the names that an ancestor had before and has by now, and by the arguments of the image that began.
TEST_F(EngineTest, LineagesAndArgumentsAreAskedOfAllImages) {
  options.filter.under.names = {"first"};
  EXPECT_EQ(run([&] {
              const std::uint64_t born = source.attached_ns + 9;
              fork(60, born, {50, 500}, "sshd", 3);
              exec(60, born, {50, 500}, "first", 4);
              exec(60, born, {50, 500}, "second", 5);
              fork(61, born + 1, {60, born}, "second", 5);
              exec(61, born + 1, {60, born}, "child", 6);
              fork(62, born + 2, {61, born + 1}, "child", 6);
            }),
            (Lines{"start 2", "fork 61", "exec 61", "fork 62", "stop 3 3 0 0"}));
}

TEST_F(EngineTest, ANameThatComesLaterCountsForWhatDescendsAlready) {
  options.filter.under.names = {"late*"};
  EXPECT_EQ(run([&] {
              const std::uint64_t born = source.attached_ns + 9;
              fork(60, born, {50, 500}, "sshd", 3);
              fork(61, born + 1, {60, born}, "sshd", 3);
              exec(61, born + 1, {60, born}, "before", 4);
              exec(60, born, {50, 500}, "lately", 4);
              exec(61, born + 1, {60, born}, "after", 5);
            }),
            (Lines{"start 2", "exec 61", "stop 2 3 0 0"}));
}

TEST_F(EngineTest, TheSinksErrorEndsTheRun) {
  Engine engine(source, sink, Host{}, options);
  ASSERT_TRUE(engine.start());
  ASSERT_TRUE(engine.report_start());
  sink.fail_at = 2;
  exec(50, 500, {1, 10}, "a", 4);
  const auto pumped = engine.pump(kReadAll);
  ASSERT_FALSE(pumped);
  EXPECT_EQ(pumped.error().message, "full");
}

TEST(BootClock, GivesTheTimeOfDay) {
  BootClock clock;
  timespec now{};
  clock_gettime(CLOCK_REALTIME, &now);
  const std::int64_t expected = static_cast<std::int64_t>(now.tv_sec) * 1'000'000'000 + now.tv_nsec;
  EXPECT_NEAR(static_cast<double>(clock.realtime(boot_now_ns())), static_cast<double>(expected), 1e9);
}

// A host's clocks, set as the test likes.
struct SetClocks final : Clocks {
  struct Hands {
    std::uint64_t boot_ns = 1'000;
    std::int64_t boot_at_ns = 5'000'000;  // the time of day at boot
    int looks = 0;
  };
  explicit SetClocks(Hands& of) : hands(of) {}
  std::uint64_t boot_ns() override { return hands.boot_ns; }
  std::int64_t realtime_ns() override {
    ++hands.looks;
    return hands.boot_at_ns + static_cast<std::int64_t>(hands.boot_ns);
  }
  Hands& hands;
};

TEST(BootClock, TheFirstEventAfterAStepHasTheNewTime) {
  SetClocks::Hands hands;
  BootClock clock(std::make_unique<SetClocks>(hands));
  EXPECT_EQ(clock.realtime(1'000), 5'001'000);
  for (const std::int64_t at : {9'000'000, 2'000'000}) {  // forwards, and back
    hands.boot_ns += 1'000;
    hands.boot_at_ns = at;
    EXPECT_EQ(clock.realtime(hands.boot_ns), at + static_cast<std::int64_t>(hands.boot_ns));
  }
}

// What waits in a full ring costs one look.
TEST(BootClock, LooksOnceForAllThatHasHappened) {
  SetClocks::Hands hands;
  BootClock clock(std::make_unique<SetClocks>(hands));
  hands.boot_ns = 1'000'000;
  hands.looks = 0;
  for (std::uint64_t at = 1'000; at <= 1'000'000; at += 1'000) static_cast<void>(clock.realtime(at));
  EXPECT_EQ(hands.looks, 1);
}

}  // namespace
}  // namespace proctree
