// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// The engine over random histories whose truth is known: reused pids, orphans, zombies, a start in the midst
// of it, events lost and made up for. What it shows as sure must be so.
#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "engine/engine.hpp"
#include "simulated_host.hpp"
#include "tree/lineage.hpp"

namespace proctree {
namespace {

// Holds each record's lineage against the truth.
class CheckingSink final : public Sink {
 public:
  explicit CheckingSink(const SimulatedHost& host) : host_(host) {}

  Result<void> on_start(const StartRecord&) override { return {}; }
  Result<void> on_process(const ProcessRecord& record) override {
    // Of the event that is being read.
    const std::vector<TrueAncestor>& truth = host_.ancestors_at(host_.source.read_position() - 1);
    AncestryWalk walk(*record.head.table, *record.head.users, record.slot, record.head.lost);
    std::vector<Ancestor> above;
    ProcKey below = record.task->self;
    while (const auto ancestor = walk.next()) {
      expect_edge(below, *ancestor);
      below = ancestor->key;
      above.push_back(*ancestor);
    }
    ++reported;
    if (walk.complete()) {
      ++sure;
      expect_lineage(above, truth);
    } else if (expect_all_sure && !lost_any_ &&
               std::ranges::none_of(above, [](const Ancestor& of) { return of.folded != 0; })) {
      ADD_FAILURE() << record.task->self.pid << ": nothing was lost, and its lineage is not sure";
    }
    return {};
  }
  Result<void> on_lost(const LostRecord& record) override {
    lost_any_ = true;
    lost += record.lost.count;
    return {};
  }
  Result<void> on_resync(const ResyncRecord&) override {
    ++resyncs;
    return {};
  }
  Result<void> on_stop(const StopRecord&) override { return {}; }
  Result<void> flush() override { return {}; }

  bool expect_all_sure = true;  // until something is lost
  std::uint64_t reported = 0;
  std::uint64_t sure = 0;
  std::uint64_t lost = 0;
  std::uint64_t resyncs = 0;

 private:
  // An observed edge leads to the creator, one of a snapshot to who was the kernel's parent then.
  void expect_edge(const ProcKey& below, const Ancestor& above) const {
    if (above.edge == Edge::inferred) return;
    const Life* life = host_.find(below);
    ASSERT_NE(life, nullptr) << below.pid << " was never there";
    const auto& lives = host_.lives();
    const ProcKey creator = lives[life->creator].key;
    const bool was_parent = above.key == lives[life->first_parent].key || above.key == lives.front().key;
    if (above.edge == Edge::snapshot && was_parent) return;
    EXPECT_EQ(above.key, creator) << "creator of " << below.pid << ": not " << above.key.pid << " but "
                                  << creator.pid;
  }
  static void expect_lineage(const std::vector<Ancestor>& shown, const std::vector<TrueAncestor>& truth) {
    for (std::size_t i = 0; i < std::min(shown.size(), truth.size()) && shown[i].key == truth[i].key; ++i) {
      const auto& [key, comm, exe, ended, uid] = truth[i];
      EXPECT_EQ(shown[i].comm, comm) << key.pid;
      // Of one that ended while tracing began, no one looked at the file.
      EXPECT_TRUE(shown[i].exe == exe || shown[i].exe.empty())
          << key.pid << ": " << shown[i].exe << ", not " << exe;
      EXPECT_EQ(shown[i].exited, ended) << key.pid;
      EXPECT_TRUE(shown[i].uid == uid || shown[i].edge != Edge::observed)
          << key.pid << " acted as " << uid << ", not " << shown[i].uid;
    }
  }

  const SimulatedHost& host_;
  bool lost_any_ = false;
};

std::set<std::pair<std::uint32_t, std::uint64_t>> living(const ProcessTable& table) {
  std::set<std::pair<std::uint32_t, std::uint64_t>> keys;
  for (Slot slot = 0; slot < table.slot_end(); ++slot) {
    if (table[slot].used && !table[slot].exited) keys.emplace(table[slot].pid, table[slot].start_ns);
  }
  return keys;
}

void expect_same_living(const SimulatedHost& host, const ProcessTable& table) {
  std::set<std::pair<std::uint32_t, std::uint64_t>> truth;
  for (const Life& life : host.lives()) {
    if (life.ended) continue;
    truth.emplace(life.key.pid, life.key.start_ns);
    const Slot slot = table.find(life.key);
    ASSERT_NE(slot, kNoSlot) << life.key.pid;
    EXPECT_EQ(table.comm(slot), life.comm);
    EXPECT_EQ(table.exe(slot), life.exe);
  }
  EXPECT_EQ(living(table), truth);
}

// Once it is old enough nothing is left of what has ended, but for the ancestors of what lives.
void expect_nothing_retained_forever(ProcessTable& table) {
  constexpr std::uint64_t kLater = 100'000'000'000'000;
  table.expire(boot_now_ns() + kLater);
  for (Slot slot = 0; slot < table.slot_end(); ++slot) {
    EXPECT_TRUE(!table[slot].used || table[slot].retained()) << table[slot].pid;
  }
}

class HistoryTest : public ::testing::TestWithParam<std::uint32_t> {
 protected:
  HistoryTest() { options_.proc_root = "/nonexistent"; }

  void lose(std::uint32_t count) {
    host_.lose(true);
    host_.steps(count);
    host_.lose(false);
  }
  void show_tasks() {
    host_.show_tasks();
    host_.source.during_snapshot = [this] { host_.steps(host_.pick(10)); };
  }
  // Some events are collected before the snapshot, some while it is taken; all of them happened before the
  // start.
  void start(Engine& engine, std::uint32_t lost) {
    host_.steps(60);
    host_.source.attached_ns = host_.now();
    host_.steps(10);
    lose(lost);
    host_.steps(10);
    show_tasks();
    ASSERT_TRUE(engine.start());
    ASSERT_TRUE(engine.report_start());
    happened_before_ = host_.happened;
    lost_before_ = sink_.lost;
  }
  void run(Engine& engine) {
    for (int i = 0; i < 100; ++i) {
      host_.steps(4);
      show_tasks();
      ASSERT_TRUE(engine.pump(host_.pick(2) == 0 ? kReadAll : 3));
    }
  }
  void stop(Engine& engine) {
    ASSERT_TRUE(engine.stop());
    EXPECT_EQ(sink_.reported + sink_.lost - lost_before_, host_.happened - happened_before_);
    expect_same_living(host_, engine.table());
    expect_nothing_retained_forever(engine.table());
  }

  SimulatedHost host_{GetParam()};
  CheckingSink sink_{host_};
  EngineOptions options_;

 private:
  std::uint64_t happened_before_ = 0;
  std::uint64_t lost_before_ = 0;
};

TEST_P(HistoryTest, NothingLostAllIsSure) {
  Engine engine(host_.source, sink_, Host{}, options_);
  ASSERT_NO_FATAL_FAILURE(start(engine, 0));
  ASSERT_NO_FATAL_FAILURE(run(engine));
  stop(engine);
  EXPECT_EQ(sink_.sure, sink_.reported);
  EXPECT_EQ(sink_.resyncs, 0U);
}

TEST_P(HistoryTest, WhatIsShownAsSureAfterALossIsSo) {
  Engine engine(host_.source, sink_, Host{}, options_);
  ASSERT_NO_FATAL_FAILURE(start(engine, 0));
  ASSERT_NO_FATAL_FAILURE(run(engine));
  lose(1 + host_.pick(40));
  host_.steps(host_.pick(10));
  lose(host_.pick(40));
  ASSERT_NO_FATAL_FAILURE(run(engine));
  stop(engine);
}

TEST_P(HistoryTest, WhatIsShownAsSureAfterALossAtTheStartIsSo) {
  Engine engine(host_.source, sink_, Host{}, options_);
  ASSERT_NO_FATAL_FAILURE(start(engine, 1 + host_.pick(40)));
  ASSERT_NO_FATAL_FAILURE(run(engine));
  stop(engine);
}

// Lines of ended ancestors are folded, and what has ended is soon forgotten.
TEST_P(HistoryTest, WhatIsShownAsSureIsSoInLittleMemory) {
  options_.retention.exited_max = host_.pick(4);
  options_.retention.run_max = 4;
  Engine engine(host_.source, sink_, Host{}, options_);
  ASSERT_NO_FATAL_FAILURE(start(engine, 0));
  for (int i = 0; i < 10; ++i) {
    ASSERT_NO_FATAL_FAILURE(run(engine));
    ASSERT_TRUE(engine.tick());
  }
  lose(1 + host_.pick(40));
  ASSERT_NO_FATAL_FAILURE(run(engine));
  stop(engine);
}

// So little that ancestors have to go, and even what lives.
TEST_P(HistoryTest, WhatIsShownAsSureIsSoWithoutRoom) {
  options_.retention.bytes_max = 1000 + host_.pick(8000);
  Engine engine(host_.source, sink_, Host{}, options_);
  sink_.expect_all_sure = false;
  ASSERT_NO_FATAL_FAILURE(start(engine, 0));
  ASSERT_NO_FATAL_FAILURE(run(engine));
  lose(1 + host_.pick(40));
  ASSERT_NO_FATAL_FAILURE(run(engine));
  ASSERT_TRUE(engine.stop());
}

INSTANTIATE_TEST_SUITE_P(Histories, HistoryTest, ::testing::Range(1U, 51U));

}  // namespace
}  // namespace proctree
