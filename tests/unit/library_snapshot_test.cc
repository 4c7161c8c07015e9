// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// snapshot and resolve, on a /proc of files and on this host's.
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <string>

#include "library_fixture.hpp"

namespace proctree {
namespace {

class SnapshotTest : public OnFakeProc<DefaultTree, DefaultCache> {
 protected:
  void SetUp() override {
    runs({.pid = 1, .comm = "systemd", .ppid = 0, .start_ticks = 2});
    runs({.pid = 2, .comm = "kthreadd", .ppid = 0, .start_ticks = 2, .flags = 0x208040});
    runs({.pid = 100, .comm = "sshd", .ppid = 1, .start_ticks = 50});
    runs({.pid = 200, .comm = "bash", .ppid = 100, .start_ticks = 60, .uid = 4'000'123});
  }
};

TEST_F(SnapshotTest, FillsTreeAndCache) {
  runs({.pid = 3, .comm = "kworker/0:1-events", .ppid = 2, .start_ticks = 3, .flags = 0x208060});
  take_snapshot();
  EXPECT_EQ(tree_.size(), 5U);
  EXPECT_EQ(cache_.size(), 5U);
  EXPECT_EQ(tree_.get_node(200), (PidNode{100, "bash"}));
  EXPECT_EQ(cache_.get_info(200), (ProcInfo{"bash", "4000123", 100, 200, ns(60)}));
  EXPECT_EQ(cache_.get_info(1), (ProcInfo{"systemd", "root", 0, 1, ns(2)}));
  EXPECT_EQ(tree_.get_node(3), (PidNode{2, "kworker/0:1"})) << "as the kernel calls it";
  EXPECT_EQ(descendants(tree_, 1), (Pids{100, 200}));
  EXPECT_EQ(chain(200), "200|bash|4000123;100|sshd|root;1|systemd|root");
}

TEST_F(SnapshotTest, TakenTwiceIsTheSame) {
  take_snapshot();
  const std::string before = display(tree_, 1);
  take_snapshot();
  EXPECT_EQ(tree_.size(), 4U);
  EXPECT_EQ(cache_.size(), 4U);
  EXPECT_EQ(display(tree_, 1), before);
}

TEST_F(SnapshotTest, AnotherAddsWhatIsNewAndTakesWhatIsGoneForExited) {
  take_snapshot();
  runs({.pid = 300, .comm = "vim", .ppid = 200, .start_ticks = 70});
  is_gone(100);
  runs({.pid = 200, .comm = "bash", .ppid = 1, .start_ticks = 60, .uid = 4'000'123});  // the reaper took it
  take_snapshot();
  auto living = tree_.living_pids();
  std::sort(living.begin(), living.end());
  EXPECT_EQ(living, (Pids{1, 2, 200, 300}));
  EXPECT_EQ(children(tree_, 1), Pids{});
  EXPECT_EQ(chain(300), "300|vim|root;200|bash|4000123;100|sshd|root;1|systemd|root") << "its creator stays";
  EXPECT_EQ(display(tree_, 1), "systemd(1)\n└─sshd(100) <exited>\n  └─bash(200)\n    └─vim(300)");
}

TEST_F(SnapshotTest, APidsNextOwnerFoundByTheNextSnapshot) {
  take_snapshot();
  runs({.pid = 100, .comm = "cron", .ppid = 1, .start_ticks = 7000});
  runs({.pid = 90, .comm = "job", .ppid = 100, .start_ticks = 7001});  // read before its parent
  take_snapshot();
  EXPECT_EQ(children(tree_, 100), Pids{90});
  EXPECT_EQ(chain(90), "90|job|root;100|cron|root;1|systemd|root");
  EXPECT_EQ(chain(200), "200|bash|4000123;100|sshd|unknown;1|systemd|root")
      << "not cron, and not cron's user";
}

TEST_F(SnapshotTest, ForkedProcessesThatProcDoesNotShowHaveEnded) {
  happens({Fork{555, 1, 0}});
  take_snapshot();
  EXPECT_TRUE(tree_.contains(555));
  EXPECT_EQ(find_by_cmd(tree_, ""), Pids{});
  EXPECT_EQ(children(tree_, 1), Pids{100});
}

TEST_F(SnapshotTest, ZombiesHaveEnded) {
  runs({.pid = 300, .comm = "cat", .ppid = 200, .start_ticks = 70, .state = 'Z'});
  take_snapshot();
  EXPECT_EQ(children(tree_, 200), Pids{});
  EXPECT_EQ(chain(300), "300|cat|root;200|bash|4000123;100|sshd|root;1|systemd|root");
}

TEST_F(SnapshotTest, HiddenProcessesAreNotTakenForGone) {
  take_snapshot();
  proc_.remove("200/status");
  proc_.write("200/status", "garbage");
  proc_.remove("100/stat");
  std::filesystem::create_directory(proc_.path("100/stat"));  // can't be read, as one that hides
  take_snapshot();
  EXPECT_EQ(descendants(tree_, 1), (Pids{100, 200}));
}

TEST_F(SnapshotTest, NamesOfAnyBytes) {
  const std::string hostile = "a) R 1 (b\n|;\\\x1b\xff";
  ASSERT_EQ(hostile.size(), 15U);
  runs({.pid = 300, .comm = hostile, .ppid = 200, .start_ticks = 70});
  take_snapshot();
  EXPECT_EQ(tree_.get_node(300), (PidNode{200, hostile})) << "a name that isn't UTF-8 hides nobody";
  EXPECT_EQ(find_by_cmd(tree_, hostile), Pids{300});
  EXPECT_TRUE(chain(300).starts_with("300|a) R 1 (b\\x0a\\x7c\\x3b\\x5c\\x1b\\xff|root;200|")) << chain(300);
  EXPECT_EQ(display(tree_, 300), "a) R 1 (b\\x0a|;\\x5c\\x1b\\xff(300)");
}

TEST_F(SnapshotTest, AProcThatIsNotThereChangesNothing) {
  take_snapshot();
  snapshot(tree_, cache_, proc_.path("nowhere"));
  EXPECT_EQ(tree_.living_pids().size(), 4U);
}

TEST_F(SnapshotTest, AGarbledProcWithCycles) {
  runs({.pid = 400, .ppid = 401});
  runs({.pid = 401, .ppid = 402});
  runs({.pid = 402, .ppid = 400});
  runs({.pid = 403, .ppid = 403});
  take_snapshot();
  EXPECT_EQ(descendants(tree_, 400), (Pids{402, 401}));
  EXPECT_EQ(build_chain(tree_, cache_, 400, proc_.root()).size(), 3U);
  EXPECT_EQ(build_chain(tree_, cache_, 403, proc_.root()).size(), 1U);
}

TEST_F(SnapshotTest, IntoStoresOfTheUsersOwn) {
  PlainTree plain;
  PlainCache cache;
  snapshot(plain, cache, proc_.root());
  EXPECT_EQ(plain.get_node(200), (PidNode{100, "bash"}));
  EXPECT_EQ(cache.get_info(200)->user, "4000123");
  RichTree rich;
  snapshot(rich, cache, proc_.root());
  is_gone(200);
  snapshot(rich, cache, proc_.root());
  EXPECT_EQ(descendants(rich, 1), Pids{100}) << "it was told that 200 has ended";
  EXPECT_EQ(find_by_user(rich, cache, "4000123", proc_.root()), Pids{});
}

TEST_F(SnapshotTest, ThroughTemporaryAndConstHandles) {
  const DefaultTree& tree = tree_;
  const DefaultCache& cache = cache_;
  snapshot(DefaultTree(tree), DefaultCache(cache), proc_.root());
  snapshot(tree, cache, proc_.root());
  EXPECT_EQ(tree_.size(), 4U);
}

// --- resolve

using ResolveTest = SnapshotTest;

TEST_F(ResolveTest, FromProcAndThenFromTheCache) {
  EXPECT_EQ(resolved(200), (ProcInfo{"bash", "4000123", 100, 200, ns(60)}));
  EXPECT_TRUE(cache_.contains(200));
  EXPECT_EQ(tree_.size(), 0U);
  // The same process: what the cache has is returned, though /proc has another name now.
  runs({.pid = 200, .comm = "renamed", .ppid = 100, .start_ticks = 60});
  EXPECT_EQ(resolved(200)->cmd, "bash");
}

TEST_F(ResolveTest, AReusedPidIsReadAgain) {
  static_cast<void>(resolved(200));
  runs({.pid = 200, .comm = "other", .ppid = 1, .start_ticks = 61});
  EXPECT_EQ(resolved(200), (ProcInfo{"other", "root", 1, 200, ns(61)}));
  EXPECT_EQ(cache_.get_info(200)->cmd, "other");
}

TEST_F(ResolveTest, ComparedAtTheClockTicksGrain) {
  cache_.insert_info(200, {"exact", "alice", 100, 200, ns(60) + 9'999'999});
  EXPECT_EQ(resolved(200)->cmd, "exact");
  cache_.insert_info(200, {"before", "alice", 100, 200, ns(60) - 1});
  EXPECT_EQ(resolved(200)->cmd, "bash");
}

TEST_F(ResolveTest, WhatIsGoneIsReadFromTheCache) {
  static_cast<void>(resolved(200));
  is_gone(200);
  EXPECT_EQ(resolved(200)->cmd, "bash");
  EXPECT_EQ(resolve(DefaultCache(), 200, proc_.root()), std::nullopt);
}

TEST_F(ResolveTest, NobodyIsNobody) {
  for (const std::uint32_t pid : {0U, 4711U, kMaxPid}) EXPECT_EQ(resolved(pid), std::nullopt);
  EXPECT_EQ(cache_.size(), 0U);
}

TEST_F(ResolveTest, FindByUserReadsWhatTheCacheHasNot) {
  snapshot(tree_, DefaultCache(), proc_.root());
  EXPECT_EQ(find_by_user(tree_, cache_, "4000123", proc_.root()), Pids{200});
  EXPECT_EQ(find_by_user(tree_, cache_, "root", proc_.root()), (Pids{1, 2, 100}));
  EXPECT_EQ(find_by_user(tree_, cache_, "nobody at all", proc_.root()), Pids{});
  // The pid's next owner isn't taken for the one that was cached.
  runs({.pid = 200, .comm = "other", .ppid = 1, .start_ticks = 9000});
  EXPECT_EQ(find_by_user(tree_, cache_, "4000123", proc_.root()), Pids{});
  EXPECT_EQ(find_by_user(tree_, cache_, "root", proc_.root()), (Pids{1, 2, 100, 200}));
  tree_.mark_exited(200);
  EXPECT_EQ(find_by_user(tree_, cache_, "root", proc_.root()), (Pids{1, 2, 100}));
}

// --- this host

TEST(SnapshotOfHost, HoldsInitAndThisProcess) {
  const DefaultTree tree;
  const DefaultCache cache;
  snapshot(tree, cache);
  const auto self = static_cast<std::uint32_t>(::getpid());
  ASSERT_TRUE(tree.contains(1));
  EXPECT_EQ(tree.get_node(self)->ppid, static_cast<std::uint32_t>(::getppid()));
  EXPECT_EQ(tree.get_node(self)->cmd, proc::read_proc_comm(self));
  EXPECT_EQ(build_chain(tree, cache, self).back().pid, 1U);
  EXPECT_EQ(resolve(cache, self)->tgid, self);
  const Pids all = descendants(tree, 1);
  EXPECT_NE(std::find(all.begin(), all.end(), self), all.end());
}

TEST(SnapshotOfHost, AChildThatEndsBetweenTwo) {
  const DefaultTree tree;
  const DefaultCache cache;
  const pid_t child = ::fork();
  if (child == 0) {
    ::pause();
    ::_exit(0);
  }
  const auto pid = static_cast<std::uint32_t>(child);
  snapshot(tree, cache);
  EXPECT_EQ(children(tree, static_cast<std::uint32_t>(::getpid())), Pids{pid});
  ::kill(child, SIGKILL);
  ::waitpid(child, nullptr, 0);
  snapshot(tree, cache);
  EXPECT_EQ(children(tree, static_cast<std::uint32_t>(::getpid())), Pids{});
  EXPECT_TRUE(tree.contains(pid));
}

}  // namespace
}  // namespace proctree
