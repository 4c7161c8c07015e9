// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include "proc_fixture.hpp"
#include "procfs/snapshot.hpp"
#include "procfs/users.hpp"
#include "tree/lineage.hpp"

namespace proctree {
namespace {

struct FixedNames {
  std::string_view name(std::uint32_t uid) { return uid == 0 ? "root" : "user"; }
};

class SnapshotOfFixture : public ::testing::Test {
 protected:
  void SetUp() override {
    FakeProcess{.pid = 1, .comm = "systemd", .ppid = 0, .start_ticks = 2}.write_to(tree_);
    FakeProcess{.pid = 2, .comm = "kthreadd", .ppid = 0, .start_ticks = 2, .flags = 0x208040}.write_to(tree_);
  }
  SnapshotCounts take(ProcParts parts = kProcIds) { return take_into(table_, parts, 1); }
  SnapshotCounts take_into(ProcessTable& table, ProcParts parts, unsigned threads) {
    auto reader = ProcReader::open(tree_.root());
    EXPECT_TRUE(reader);
    const auto counts = snapshot_proc(*reader, parts, table, threads);
    EXPECT_TRUE(counts) << counts.error().to_string();
    return counts.value_or(SnapshotCounts{});
  }
  std::string chain(std::uint32_t pid) {
    FixedNames names;
    std::string out;
    append_chain(out, TableLineage(table_, names, table_.find(pid)));
    return out;
  }
  TempTree tree_;
  ProcessTable table_;
};

TEST_F(SnapshotOfFixture, FillsTheTable) {
  FakeProcess{.pid = 100, .comm = "sshd", .ppid = 1, .start_ticks = 50}.write_to(tree_);
  FakeProcess{.pid = 90, .comm = "bash", .ppid = 100, .start_ticks = 60, .uid = 1000}.write_to(
      tree_);  // pids wrapped
  FakeProcess{.pid = 3, .comm = "kworker/R-netns", .ppid = 2, .start_ticks = 3, .flags = 0x208060}.write_to(
      tree_);
  tree_.link("90/exe", "/usr/bin/bash");
  const auto counts = take(kProcIds | kProcExe);
  EXPECT_EQ(counts.processes, 5U);
  EXPECT_EQ(table_.live(), 5U);
  EXPECT_EQ(chain(90), "90|bash|user;100|sshd|root;1|systemd|root");
  EXPECT_EQ(chain(3), "3|kworker/R-netns|root;2|kthreadd|root");
  const Slot bash = table_.find(90);
  EXPECT_EQ(table_.exe(bash), "/usr/bin/bash");
  EXPECT_EQ(table_[bash].edge, Edge::snapshot);
  EXPECT_EQ(table_[bash].start_ns, 60 * kTickNs);
  EXPECT_EQ(table_[bash].image_at_fork, kNoImage);
  EXPECT_TRUE(table_[table_.find(1)].root);
  EXPECT_TRUE(table_[table_.find(2)].root);
  EXPECT_FALSE(table_[bash].root);
}

TEST_F(SnapshotOfFixture, ZombiesHaveExited) {
  FakeProcess{.pid = 100, .comm = "cat", .state = 'Z'}.write_to(tree_);
  take();
  EXPECT_TRUE(table_[table_.find(100)].exited);
  EXPECT_EQ(table_.live(), 2U);
  EXPECT_EQ(chain(100), "100|cat|root;1|systemd|root");
}

TEST_F(SnapshotOfFixture, AParentOfWhichNothingIsSeen) {
  FakeProcess{.pid = 100, .comm = "bash", .ppid = 77}.write_to(tree_);  // 77 hides
  FakeProcess{.pid = 101, .comm = "vim", .ppid = 78}.write_to(tree_);
  tree_.write("78/stat", "garbage");
  const auto counts = take();
  EXPECT_EQ(counts.processes, 4U);
  EXPECT_GE(counts.unreadable, 1U);
  EXPECT_EQ(chain(100), "100|bash|root;77|unknown|unknown");
  EXPECT_EQ(chain(101), "101|vim|root;78|unknown|unknown");
}

TEST_F(SnapshotOfFixture, EnteredFromOutsideIsNoRoot) {
  FakeProcess{.pid = 100, .comm = "nsenter", .ppid = 0}.write_to(tree_);
  take();
  EXPECT_FALSE(table_[table_.find(100)].root);
  EXPECT_EQ(chain(100), "100|nsenter|root;0|unknown|unknown");
}

TEST_F(SnapshotOfFixture, CyclesOfAGarbledProcAreCut) {
  FakeProcess{.pid = 100, .ppid = 101}.write_to(tree_);
  FakeProcess{.pid = 101, .ppid = 102}.write_to(tree_);
  FakeProcess{.pid = 102, .ppid = 100}.write_to(tree_);
  FakeProcess{.pid = 103, .ppid = 103}.write_to(tree_);
  EXPECT_EQ(take().processes, 6U);
  EXPECT_LE(chain(100).size(), 100U);
  EXPECT_EQ(chain(103), "103|sleep|root;0|unknown|unknown");
}

TEST_F(SnapshotOfFixture, ParentsListedAfterTheirChildren) {
  // Pids fall as the line grows, so that each parent is listed after its child.
  constexpr std::uint32_t kDepth = 200;
  for (std::uint32_t i = 0; i < kDepth; ++i) {
    const std::uint32_t pid = 100'000 - i;
    tree_.write(std::to_string(pid) + "/stat",
                FakeProcess{.pid = pid, .ppid = i == 0 ? 1 : pid + 1, .start_ticks = 100 + i}.stat());
  }
  EXPECT_EQ(take(kProcStat).processes, kDepth + 2);
  std::size_t depth = 0;
  for (Slot slot = table_.find(100'001 - kDepth); slot != kNoSlot; slot = table_[slot].creator) ++depth;
  EXPECT_EQ(depth, kDepth + 1);
}

// Slots, and with them the order in which children are drawn, don't depend on which thread reads what.
TEST_F(SnapshotOfFixture, IsTheSameByManyThreads) {
  constexpr std::uint32_t kFirst = 1000, kCount = 700;
  for (std::uint32_t pid = kFirst; pid < kFirst + kCount; ++pid) {
    const std::string stat = FakeProcess{.pid = pid,
                                         .comm = "worker " + std::to_string(pid),
                                         .ppid = pid % 7 == 0 ? 1 : pid - pid % 7,
                                         .start_ticks = 100}
                                 .stat();
    tree_.write(std::to_string(pid) + "/stat", pid % 100 == 99 ? "garbage" : stat);
  }
  const SnapshotCounts alone = take(kProcStat);
  EXPECT_GE(alone.unreadable, kCount / 100);
  for (const unsigned threads : {2U, 5U, 100U}) {
    ProcessTable table;
    const SnapshotCounts shared = take_into(table, kProcStat, threads);
    EXPECT_EQ(shared.processes, alone.processes);
    EXPECT_EQ(shared.unreadable, alone.unreadable);
    ASSERT_EQ(table.slot_end(), table_.slot_end());
    for (Slot slot = 0; slot < table.slot_end(); ++slot) {
      EXPECT_EQ(table.key(slot), table_.key(slot));
      EXPECT_EQ(table[slot].creator, table_[slot].creator);
      EXPECT_EQ(table.comm(slot), table_.comm(slot));
    }
  }
}

TEST_F(SnapshotOfFixture, AnErrorOfAnyThreadIsReported) {
  for (std::uint32_t pid = 1000; pid < 1700; ++pid)
    tree_.write(std::to_string(pid) + "/stat", FakeProcess{.pid = pid}.stat());
  auto reader = ProcReader::open(tree_.root());
  ASSERT_TRUE(reader);
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &before), 0);
  std::vector<std::uint32_t> pids;
  ASSERT_TRUE(reader->list(pids));
  const rlimit none{.rlim_cur = 0, .rlim_max = before.rlim_max};
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &none), 0);
  const auto read = read_processes(*reader, pids, kProcStat, 4);
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &before), 0);
  ASSERT_FALSE(read);
  EXPECT_NE(read.error().to_string().find("Too many open files"), std::string::npos)
      << read.error().to_string();
}

TEST_F(SnapshotOfFixture, OfOneLineage) {
  FakeProcess{.pid = 100, .comm = "sshd", .ppid = 1, .start_ticks = 50}.write_to(tree_);
  FakeProcess{.pid = 90, .comm = "bash", .ppid = 100, .start_ticks = 60}.write_to(tree_);
  FakeProcess{.pid = 91, .comm = "cron", .ppid = 1, .start_ticks = 60}.write_to(tree_);
  auto reader = ProcReader::open(tree_.root());
  ASSERT_TRUE(reader);
  const auto counts = snapshot_lineage(*reader, 90, kProcIds, table_);
  ASSERT_TRUE(counts);
  EXPECT_EQ(table_.size(), 3U);
  EXPECT_EQ(chain(90), "90|bash|root;100|sshd|root;1|systemd|root");
  ProcessTable other;
  const auto absent = snapshot_lineage(*reader, 5, kProcIds, other);
  ASSERT_FALSE(absent);
  EXPECT_EQ(absent.error().code, ErrorCode::not_found);
}

TEST(SnapshotOfThisHost, StandsAForkStorm) {
  std::atomic<bool> stop = false;
  std::thread storm([&stop] {
    while (!stop) {
      const pid_t child = ::fork();
      if (child == 0) {
        if (::fork() == 0) ::usleep(500);  // orphaned at once: its parent is gone when we come
        ::_exit(0);
      }
      ::waitpid(child, nullptr, 0);
    }
  });
  for (int round = 0; round < 20; ++round) {
    auto reader = ProcReader::open();
    ASSERT_TRUE(reader);
    ProcessTable table;
    const auto counts = snapshot_proc(*reader, kProcIds, table, round % 2 == 0 ? 1 : 4);
    ASSERT_TRUE(counts) << counts.error().to_string();
    const Slot self = table.find(static_cast<std::uint32_t>(::getpid()));
    ASSERT_NE(self, kNoSlot);
    ASSERT_NE(table[self].creator, kNoSlot);
    EXPECT_EQ(table[table[self].creator].pid, static_cast<std::uint32_t>(::getppid()));
    for (Slot slot = 0; slot < table.slot_end(); ++slot) {
      const Node& node = table[slot];
      if (!node.used || node.creator == kNoSlot || table[node.creator].image == kNoImage) continue;
      EXPECT_LE(table[node.creator].start_ns, node.start_ns) << node.pid << " of " << table[node.creator].pid;
    }
  }
  stop = true;
  storm.join();
}

}  // namespace
}  // namespace proctree
