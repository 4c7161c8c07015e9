// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// When the engine is to look again: behind one descriptor, whatever the reason.
#include "engine/pacer.hpp"

#include <gtest/gtest.h>
#include <poll.h>

#include <algorithm>

#include "base/host_clock.hpp"
#include "fake_source.hpp"

namespace proctree {
namespace {

class SilentSink final : public Sink {
 public:
  Result<void> on_start(const StartRecord&) override { return {}; }
  Result<void> on_process(const ProcessRecord&) override { return {}; }
  Result<void> on_lost(const LostRecord&) override { return {}; }
  Result<void> on_resync(const ResyncRecord&) override {
    ++resyncs;
    return {};
  }
  Result<void> on_stop(const StopRecord&) override { return {}; }
  Result<void> flush() override { return {}; }
  int resyncs = 0;
};

class PacerTest : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(engine_.start());
    ASSERT_TRUE(engine_.report_start());
    open(Pacer::Wait::for_fd);
  }
  void open(Pacer::Wait wait, std::uint64_t longest_nap_ns = Pacer::kLongestNapNs) {
    auto pacer = Pacer::open(engine_, source_, wait, longest_nap_ns);
    ASSERT_TRUE(pacer);
    pacer_.emplace(std::move(*pacer));
  }
  // Is there something to do, within so long? What is sure to come is waited for long.
  [[nodiscard]] bool due(int ms = 10'000) {
    pollfd fd{pacer_->fd(), POLLIN, 0};
    return poll(&fd, 1, ms) == 1;
  }
  void turn(std::uint64_t events, std::uint64_t most = 100) {
    const auto done = pacer_->turn(most);
    ASSERT_TRUE(done) << done.error().to_string();
    EXPECT_EQ(*done, events);
  }
  void happen(std::size_t count) {
    for (; count != 0; --count)
      source_.events.emplace_back(ExecEvent{1, task(50, 500, {1, 10}, "a", ++seq_), {}});
  }
  // Two turns for nothing: now it sleeps until it is woken.
  void fall_asleep() {
    turn(0);
    ASSERT_TRUE(due()) << "the first sleep is bounded";
    turn(0);
    ASSERT_TRUE(source_.wake_wanted);
  }

  static EngineOptions options() {
    EngineOptions options;
    options.proc_root = "/nonexistent";
    return options;
  }

  FakeSource source_;
  SilentSink sink_;
  Engine engine_{source_, sink_, Host{}, options()};
  std::optional<Pacer> pacer_;
  std::uint64_t seq_ = 0;
};

TEST_F(PacerTest, TheFirstTurnIsDue) { EXPECT_TRUE(due(0)); }

TEST_F(PacerTest, WithNothingToDoItSleepsUntilItIsWoken) {
  fall_asleep();
  EXPECT_FALSE(due(200));
  happen(1);
  EXPECT_FALSE(due(0)) << "it was not woken";
  source_.wake();
  EXPECT_TRUE(due(0));
  turn(1);
  EXPECT_FALSE(source_.wake_wanted) << "while awake it looks by itself";
}

TEST_F(PacerTest, AfterEventsItNapsAndLooksByItself) {
  happen(3);
  turn(3);
  EXPECT_FALSE(source_.wake_wanted);
  happen(2);
  EXPECT_TRUE(due()) << "the nap ends";
  turn(2);
}

// Its own descriptor says readable as long as events wait: a nap is to let them gather all the same.
TEST_F(PacerTest, WokenOnceItNapsThoughTheSourceIsReadable) {
  fall_asleep();
  source_.wake();  // and never read: readable from here on
  happen(1);
  ASSERT_TRUE(due(0));
  const std::uint64_t before = boot_now_ns();
  turn(1);
  const bool due_at_once = due(0);
  EXPECT_FALSE(due_at_once && boot_now_ns() < before + Pacer::kShortestNapNs) << "it naps";
  EXPECT_TRUE(due_at_once || due());
}

TEST_F(PacerTest, WhatATurnLeavesIsDueAtOnce) {
  happen(7);
  turn(5, 5);
  EXPECT_TRUE(due());
  turn(2, 5);
}

TEST_F(PacerTest, WhatComesWhileItFallsAsleepIsNotSleptOver) {
  turn(0);
  ASSERT_TRUE(due());
  happen(1);  // and nobody wakes it
  turn(1);
  EXPECT_TRUE(due());
}

TEST_F(PacerTest, AGapIsResyncedWhenItIsDueThoughNothingHappens) {
  source_.events.emplace_back(LostEvent{1, 1, 2});
  turn(1);
  ASSERT_EQ(sink_.resyncs, 1);
  source_.silent_losses = 5;
  for (int i = 0; i < 100 && sink_.resyncs < 2; ++i) {
    ASSERT_TRUE(due());
    ASSERT_TRUE(pacer_->turn(100));
  }
  EXPECT_EQ(sink_.resyncs, 2);
}

// Woken in a nap, since the ring fills: what woke it is taken, so that it can nap again.
TEST_F(PacerTest, AWakeUpInANapIsTaken) {
  open(Pacer::Wait::until_due);
  happen(1);
  turn(1);  // and naps
  source_.wake();
  ASSERT_TRUE(due(0));
  int turns = 0;  // of each that begins before its nap is over
  for (; due(0) && turns < 100; ++turns) {
    happen(1);
    turn(1);
  }
  EXPECT_LT(turns, 100);
}

// For a loop that waits with a timeout: no timer, and the same times.
TEST_F(PacerTest, SaysUntilWhenToWait) {
  open(Pacer::Wait::until_due);
  EXPECT_LE(pacer_->due_ns(), boot_now_ns()) << "the first turn is due";
  happen(1);
  turn(1);
  const std::uint64_t nap_ends = pacer_->due_ns();
  EXPECT_LE(nap_ends, boot_now_ns() + 8'000'000);
  EXPECT_FALSE(due(20)) << "nothing but the source makes it readable";
  while (boot_now_ns() < nap_ends) poll(nullptr, 0, 1);
  turn(0);
  EXPECT_TRUE(source_.wake_wanted);
  EXPECT_LE(pacer_->due_ns(), boot_now_ns() + 50'000'000) << "the first sleep is bounded";
  while (boot_now_ns() < pacer_->due_ns()) poll(nullptr, 0, 1);
  turn(0);
  EXPECT_EQ(pacer_->due_ns(), Pacer::kNever);
  happen(1);
  source_.wake();
  EXPECT_TRUE(due(0));
  turn(1);
  EXPECT_FALSE(due(0));
}

// Each nap that gathered events is followed by one twice as long, up to the longest that its loop allows.
TEST_F(PacerTest, NapsGrowUpToTheLongest) {
  for (const std::uint64_t longest : {Pacer::kLongestNapNs, 4 * Pacer::kLongestNapNs}) {
    open(Pacer::Wait::until_due, longest);
    for (std::uint64_t nap = Pacer::kShortestNapNs; nap <= 2 * longest; nap *= 2) {
      happen(1);
      const std::uint64_t before = boot_now_ns();
      turn(1);
      const std::uint64_t expected = std::min(nap, longest);
      EXPECT_GE(pacer_->due_ns(), before + expected);
      EXPECT_LE(pacer_->due_ns(), boot_now_ns() + expected);
    }
  }
}

}  // namespace
}  // namespace proctree
