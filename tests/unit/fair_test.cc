// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// What an account's loss costs which lineages (--fair), from made events.
#include <gtest/gtest.h>

#include <map>
#include <string>
#include <vector>

#include "engine/engine.hpp"
#include "fake_source.hpp"
#include "tree/lineage.hpp"

namespace proctree {
namespace {

constexpr std::uint32_t kFlooder = 1001;
constexpr std::uint32_t kOther = 1002;

class LineageSink final : public Sink {
 public:
  Result<void> on_start(const StartRecord&) override { return {}; }
  Result<void> on_process(const ProcessRecord& record) override {
    AncestryWalk walk(*record.head.table, *record.head.users, record.slot, record.head.lost);
    while (walk.step()) {
    }
    whole[record.task->self.pid] = walk.complete();
    return {};
  }
  Result<void> on_lost(const LostRecord& record) override {
    lost += record.lost.count;
    return {};
  }
  Result<void> on_resync(const ResyncRecord&) override {
    ++resyncs;
    return {};
  }
  Result<void> on_stop(const StopRecord& record) override {
    EXPECT_EQ(record.totals.lost, lost) << "the lost records add up";
    return {};
  }
  Result<void> flush() override { return {}; }

  std::map<std::uint32_t, bool> whole;  // of each pid's last record
  std::uint64_t lost = 0;
  int resyncs = 0;
};

// init (1) and a daemon of root's (50), below which others are born.
class FairTest : public testing::Test {
 protected:
  FairTest() {
    run(task(1, 10, {0, 0}, "init", 1));
    run(task(50, 500, {1, 10}, "sshd", 3));
    options.proc_root = "/nonexistent";
  }
  void SetUp() override {
    ASSERT_TRUE(engine.start());
    ASSERT_TRUE(engine.report_start());
  }
  void run(const TaskFacts& facts) {
    SnapshotTask running;
    running.task = facts;
    source.tasks.push_back(running);
  }
  [[nodiscard]] std::uint64_t born(std::uint32_t pid) const { return source.attached_ns + pid; }
  [[nodiscard]] ProcKey key(std::uint32_t pid) const {
    return pid == 1 ? ProcKey{1, 10} : pid == 50 ? ProcKey{50, 500} : ProcKey{pid, born(pid)};
  }
  [[nodiscard]] TaskFacts of(std::uint32_t pid, std::uint32_t creator, std::uint32_t uid, std::uint64_t seq) {
    TaskFacts facts = task(pid, key(pid).start_ns, key(creator), "sh", seq);
    facts.uid = uid;
    if (uid != 0) facts.charged_uid = uid;
    return facts;
  }
  // A child that is born under `uid`; it runs from now on.
  void fork(std::uint32_t pid, std::uint32_t creator, std::uint32_t uid, std::uint64_t seq) {
    ForkEvent event;
    event.child = of(pid, creator, uid, seq);
    event.creator = key(creator);
    event.creator_exec_seq = seq;
    event.creator_comm = creator == 50 ? "sshd" : "sh";
    event.child.comm = event.creator_comm;
    source.events.emplace_back(event);
    run(event.child);
  }
  void exec(std::uint32_t pid, std::uint32_t creator, std::uint32_t uid, std::uint64_t seq) {
    ExecEvent event;
    event.task = of(pid, creator, uid, seq);
    source.events.emplace_back(event);
  }
  void lose(std::uint64_t count, std::uint32_t uid) {
    LostEvent lost{count, 1, 2};
    lost.uid = uid;
    source.events.emplace_back(lost);
  }
  // Reads all, and resynchronises after that where it is due.
  void read() { ASSERT_TRUE(engine.pump(kReadAll)); }

  FakeSource source;
  LineageSink sink;
  EngineOptions options;
  Engine engine{source, sink, Host{}, options};
};

TEST_F(FairTest, OnlyLineagesThroughTheFloodersProcessesAreDoubted) {
  fork(100, 50, 0, 3);
  exec(100, 50, kFlooder, 4);
  fork(200, 50, 0, 3);
  exec(200, 50, kOther, 4);
  fork(210, 200, kOther, 4);
  fork(110, 100, kFlooder, 4);
  read();
  EXPECT_EQ(sink.whole, (std::map<std::uint32_t, bool>{{100, true}, {110, true}, {200, true}, {210, true}}));

  lose(7, kFlooder);
  exec(210, 200, kOther, 5);
  exec(110, 100, kFlooder, 5);
  exec(100, 50, kFlooder, 6);
  exec(50, 1, 0, 4);
  read();
  EXPECT_TRUE(sink.whole[210]);
  EXPECT_TRUE(sink.whole[50]);
  EXPECT_FALSE(sink.whole[110]);
  EXPECT_FALSE(sink.whole[100]);

  EXPECT_FALSE(engine.has_gap()) << "it is mended all the same";
  exec(110, 100, kFlooder, 6);
  read();
  EXPECT_TRUE(sink.whole[110]) << "all that it descends from is known again";
  EXPECT_EQ(sink.resyncs, 1);
  ASSERT_TRUE(engine.stop());
}

// What descends from a flooder's process is doubted under whatever user it runs by now.
TEST_F(FairTest, AnotherUsersProcessBelowTheFloodersIsDoubted) {
  fork(100, 50, 0, 3);
  exec(100, 50, kFlooder, 4);
  fork(110, 100, kFlooder, 4);
  exec(110, 100, kOther, 5);
  lose(1, kFlooder);
  exec(110, 100, kOther, 6);
  read();
  EXPECT_FALSE(sink.whole[110]);
}

// A process that has changed its user unseen is known for what it is by its child's birth.
TEST_F(FairTest, ACreatorIsItsChildsUsers) {
  fork(100, 50, 0, 3);
  lose(1, kFlooder);
  fork(110, 100, kFlooder, 3);
  exec(110, 100, kOther, 4);
  read();
  EXPECT_FALSE(sink.whole[110]);
}

TEST_F(FairTest, ALossOfAnybodysIsEverybodys) {
  fork(200, 50, 0, 3);
  lose(1, kUnsetId);
  exec(200, 50, kOther, 4);
  read();
  EXPECT_FALSE(sink.whole[200]);
}

TEST_F(FairTest, ALossReportedDuringAResyncIsRetained) {
  fork(100, 50, 0, 3);
  exec(100, 50, kFlooder, 4);
  lose(1, kFlooder);
  source.during_snapshot = [this] { lose(1, kFlooder); };
  ASSERT_TRUE(engine.pump(kReadAll));
  EXPECT_TRUE(engine.has_gap());
  exec(100, 50, kFlooder, 5);
  read();
  EXPECT_FALSE(sink.whole[100]);
}

// A container's root pays by cgroup.
TEST_F(FairTest, ACgroupIsAnAccountToo) {
  const auto contained = [this](std::uint32_t pid, std::string_view cgroup, std::uint64_t seq) {
    exec(pid, 50, 0, seq);
    auto& event = std::get<ExecEvent>(source.events.back());
    event.task.charged_cgroup = true;
    event.task.cgroup = cgroup;
  };
  fork(100, 50, 0, 3);
  fork(200, 50, 0, 3);
  contained(100, "/a", 4);
  contained(200, "/b", 4);
  LostEvent lost{1, 1, 2};
  lost.cgroup = "/a";
  source.events.emplace_back(lost);
  contained(100, "/a", 5);
  contained(200, "/b", 5);
  read();
  EXPECT_FALSE(sink.whole[100]);
  EXPECT_TRUE(sink.whole[200]);
}

TEST_F(FairTest, FailedExecsOfAnAccountCostNoLineage) {
  fork(100, 50, 0, 3);
  exec(100, 50, kFlooder, 4);
  LostEvent lost{5, 1, 2, 5};
  lost.uid = kFlooder;
  source.events.emplace_back(lost);
  exec(100, 50, kFlooder, 5);
  read();
  EXPECT_TRUE(sink.whole[100]);
  EXPECT_FALSE(engine.has_gap());
}

}  // namespace
}  // namespace proctree
