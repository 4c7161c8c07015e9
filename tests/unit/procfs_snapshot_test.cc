// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include <gtest/gtest.h>
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
  SnapshotCounts take(ProcParts parts = kProcIds) {
    auto reader = ProcReader::open(tree_.root());
    EXPECT_TRUE(reader);
    const auto counts = snapshot_proc(*reader, parts, table_);
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
    const auto counts = snapshot_proc(*reader, kProcIds, table);
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
