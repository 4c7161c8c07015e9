// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// DefaultTree and DefaultCache by themselves: what they hold, for how long, and what goes first.
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <map>
#include <string>
#include <thread>
#include <vector>

#include "library/locked_cache.hpp"
#include "library/locked_table.hpp"
#include "library_fixture.hpp"

namespace proctree {
namespace {

using detail::LockedCache;
using detail::LockedTable;
using std::chrono::seconds;

Pids sorted(Pids pids) {
  std::sort(pids.begin(), pids.end());
  return pids;
}

ProcInfo info(std::uint32_t pid, std::uint32_t ppid, const std::string& cmd = "x") {
  return {cmd, "user", ppid, pid, 0};
}

TEST(DefaultTreeStore, GivesBackWhatWasInserted) {
  const DefaultTree tree;
  EXPECT_EQ(tree.get_node(7), std::nullopt);
  tree.insert_node(7, {1, "bash"});
  EXPECT_EQ(tree.get_node(7), (PidNode{1, "bash"}));
  EXPECT_EQ(tree.get_node(1), std::nullopt) << "only named";
  EXPECT_EQ(tree.size(), 1U);
  EXPECT_EQ(tree_len(tree), 1U);
}

TEST(DefaultTreeStore, AnotherInsertReplaces) {
  const DefaultTree tree;
  tree.insert_node(7, {1, "bash"});
  tree.insert_node(7, {2, "vim"});
  EXPECT_EQ(tree.get_node(7), (PidNode{2, "vim"}));
  EXPECT_EQ(tree.size(), 1U);
  EXPECT_EQ(children(tree, 1), Pids{});
  EXPECT_EQ(children(tree, 2), Pids{7});
}

TEST(DefaultTreeStore, AllPidsAreThereOnce) {
  const DefaultTree tree;
  for (std::uint32_t pid = 1; pid <= 1000; ++pid) tree.insert_node(pid, {pid / 2, "x"});
  for (std::uint32_t pid = 1; pid <= 1000; ++pid) tree.insert_node(pid, {pid / 3, "y"});
  tree.mark_exited(3);
  Pids expected;
  for (std::uint32_t pid = 1; pid <= 1000; ++pid) expected.push_back(pid);
  EXPECT_EQ(sorted(tree.all_pids()), expected);
  std::erase(expected, 3U);
  EXPECT_EQ(sorted(tree.living_pids()), expected);
}

TEST(DefaultTreeStore, TakesEveryPidAndEveryName) {
  const DefaultTree tree;
  const std::string hostile("a\0b\n\x1b[2J\xff|;\\", 12);
  tree.insert_node(kMaxPid, {kMaxPid - 1, hostile});
  tree.insert_node(0, {5, std::string(100'000, 'x')});
  EXPECT_EQ(tree.get_node(kMaxPid), (PidNode{kMaxPid - 1, hostile}));
  EXPECT_EQ(tree.get_node(0)->cmd.size(), 100'000U);
}

TEST(DefaultTreeStore, CopiesShareOneStore) {
  const DefaultTree tree;
  DefaultTree copy = tree;
  copy.insert_node(7, {1, "bash"});
  EXPECT_TRUE(tree.contains(7));
  tree.mark_exited(7);
  EXPECT_EQ(copy.living_pids(), Pids{});
  copy = DefaultTree();
  EXPECT_FALSE(copy.contains(7));
  EXPECT_TRUE(tree.contains(7));
}

TEST(DefaultCacheStore, GivesBackWhatWasInserted) {
  const DefaultCache cache;
  // NOLINTNEXTLINE(performance-unnecessary-copy-initialization): what is put into one is in the other
  const DefaultCache copy = cache;
  EXPECT_EQ(cache.get_info(7), std::nullopt);
  const ProcInfo bash{"bash", "alice", 3, 7, 123'456'789};
  cache.insert_info(7, bash);
  EXPECT_EQ(copy.get_info(7), bash);
  EXPECT_TRUE(copy.contains(7));
  EXPECT_FALSE(copy.contains(3)) << "only named";
  EXPECT_EQ(copy.size(), 1U);
  const ProcInfo odd{"", "", 7, 4, 0};
  cache.insert_info(7, odd);
  EXPECT_EQ(cache.get_info(7), odd);
  EXPECT_EQ(cache.size(), 1U);
}

TEST(DefaultCacheStore, APidsNextOwnerTakesItsPlace) {
  const DefaultCache cache;
  cache.insert_info(7, info(7, 1, "old"));
  cache.insert_info(8, info(8, 7, "child"));
  cache.mark_exited(7);
  EXPECT_EQ(cache.get_info(7)->cmd, "old") << "its facts stay";
  cache.insert_info(7, info(7, 8, "new"));
  EXPECT_EQ(cache.get_info(7), info(7, 8, "new")) << "though that closes a cycle";
  EXPECT_EQ(cache.size(), 2U);
}

// --- age

std::uint32_t fake_now = 0;
std::uint32_t fake_clock() { return fake_now; }

TEST(Ttl, IsCountedFromTheLastInsertAndNotFromReads) {
  fake_now = 1000;
  LockedTable tree(100, seconds(10), fake_clock);
  tree.insert_node(1, {0, "a"});
  tree.insert_node(2, {0, "b"});
  fake_now += 60;
  EXPECT_EQ(tree.get_node(1)->cmd, "a");
  tree.insert_node(2, {0, "b"});
  fake_now += 40;
  EXPECT_TRUE(tree.contains(1)) << "just as old as it may become";
  fake_now += 1;
  EXPECT_FALSE(tree.contains(1));
  EXPECT_EQ(tree.get_node(1), std::nullopt);
  EXPECT_TRUE(tree.contains(2));
  EXPECT_EQ(tree.all_pids(), Pids{2});
  EXPECT_EQ(tree.size(), 1U);
  fake_now += 100;
  EXPECT_EQ(tree.size(), 0U);
}

TEST(Ttl, ContainsEvictsNothing) {
  fake_now = 0;
  LockedTable tree(100, seconds(1), fake_clock);
  tree.insert_node(1, {0, "a"});
  fake_now = 20;
  EXPECT_FALSE(tree.contains(1));
  EXPECT_EQ(tree.get_node(1), std::nullopt);
  fake_now = 5;  // had it gone, a clock turned back would not bring it back
  EXPECT_TRUE(tree.contains(1));
  fake_now = 20;
  EXPECT_EQ(tree.size(), 0U);
  fake_now = 5;
  EXPECT_FALSE(tree.contains(1));
}

TEST(Ttl, ZeroIsForEver) {
  fake_now = 0;
  LockedTable tree(100, seconds(0), fake_clock);
  LockedCache cache(100, seconds(-5), fake_clock);
  tree.insert_node(1, {0, "a"});
  cache.insert_info(1, info(1, 0));
  fake_now = 2'000'000'000;
  EXPECT_TRUE(tree.contains(1));
  EXPECT_TRUE(cache.contains(1));
}

TEST(Ttl, AnAncestorOfWhatLivesDoesNotExpire) {
  fake_now = 0;
  LockedTable tree(100, seconds(1), fake_clock);
  tree.insert_node(1, {0, "top"});
  tree.insert_node(2, {1, "middle"});
  tree.mark_exited(2);
  for (int i = 0; i < 5; ++i) {
    fake_now += 9;
    tree.insert_node(3, {2, "leaf"});
  }
  EXPECT_TRUE(tree.contains(1));
  EXPECT_TRUE(tree.contains(2));
  EXPECT_EQ(tree.size(), 3U);
  tree.mark_exited(3);
  EXPECT_EQ(tree.size(), 1U) << "the leaf isn't old yet, and nothing living needs the others";
  EXPECT_TRUE(tree.contains(3));
  EXPECT_EQ(tree.get_node(3)->ppid, 2U);
}

TEST(Ttl, OfTheCacheIsTheSame) {
  fake_now = 0;
  LockedCache cache(100, seconds(1), fake_clock);
  cache.insert_info(1, info(1, 0));
  cache.insert_info(2, info(2, 1));
  fake_now = 8;
  cache.insert_info(2, info(2, 1));
  fake_now = 15;
  EXPECT_TRUE(cache.contains(1)) << "2 lives";
  EXPECT_TRUE(cache.get_info(2).has_value());
  fake_now = 19;
  EXPECT_EQ(cache.size(), 0U);
}

TEST(Ttl, LongerThanAnyClock) {
  fake_now = 0;
  LockedTable tree(100, std::chrono::seconds::max(), fake_clock);
  tree.insert_node(1, {0, "a"});
  fake_now = 1'000'000'000;
  EXPECT_TRUE(tree.contains(1));
}

TEST(Ttl, OnTheRealClock) {
  const DefaultTree tree(100, seconds(1));
  const DefaultCache cache(100, seconds(1));
  tree.insert_node(1, {0, "a"});
  cache.insert_info(1, info(1, 0));
  std::this_thread::sleep_for(std::chrono::milliseconds(1300));
  EXPECT_FALSE(tree.contains(1));
  EXPECT_EQ(tree.get_node(1), std::nullopt);
  EXPECT_EQ(cache.get_info(1), std::nullopt);
  EXPECT_EQ(tree.size() + cache.size(), 0U);
}

// --- capacity

TEST(Capacity, TheOldestGoesFirst) {
  const DefaultTree tree(3);
  const DefaultCache cache(3);
  for (std::uint32_t pid = 1; pid <= 10; ++pid) {
    tree.insert_node(pid, {0, "x"});
    cache.insert_info(pid, info(pid, 0));
  }
  EXPECT_EQ(sorted(tree.all_pids()), (Pids{8, 9, 10}));
  EXPECT_EQ(tree.size(), 3U);
  EXPECT_EQ(cache.size(), 3U);
  EXPECT_TRUE(cache.contains(8));
  EXPECT_FALSE(cache.contains(7));
}

TEST(Capacity, AnInsertMakesYoungAndAReadDoesNot) {
  const DefaultTree tree(3);
  for (const std::uint32_t pid : {1U, 2U, 3U, 1U}) tree.insert_node(pid, {0, "x"});
  static_cast<void>(tree.get_node(2));
  tree.insert_node(4, {0, "x"});
  EXPECT_EQ(sorted(tree.all_pids()), (Pids{1, 3, 4}));
}

TEST(Capacity, AnAncestorOfWhatLivesNeverGoes) {
  const DefaultTree tree(4);
  tree.insert_node(1, {0, "init"});
  tree.insert_node(2, {1, "daemon"});
  tree.insert_node(3, {2, "worker"});
  tree.mark_exited(2);
  for (std::uint32_t pid = 100; pid < 200; ++pid) {
    tree.insert_node(pid, {1, "x"});
    tree.insert_node(3, {2, "worker"});  // the youngest again: it stays too
  }
  EXPECT_TRUE(tree.contains(1));
  EXPECT_TRUE(tree.contains(2)) << "it has ended, and is an ancestor";
  EXPECT_TRUE(tree.contains(3));
  EXPECT_EQ(tree.size(), 4U);
}

TEST(Capacity, MoreLivingAncestorsThanThat) {
  const DefaultTree tree(10);
  const DefaultCache cache(10);
  for (std::uint32_t pid = 1; pid <= 100; ++pid) {
    tree.insert_node(pid, {pid - 1, "x"});
    cache.insert_info(pid, info(pid, pid - 1));
  }
  EXPECT_EQ(tree.size(), 100U);
  EXPECT_EQ(cache.size(), 100U);
  for (std::uint32_t pid = 1; pid <= 100; ++pid) {
    tree.mark_exited(pid);
    cache.mark_exited(pid);
  }
  EXPECT_EQ(tree.size(), 10U);
  EXPECT_EQ(cache.size(), 10U);
}

TEST(Capacity, OfNothingIsOfOne) {
  const DefaultTree tree(0);
  tree.insert_node(1, {0, "a"});
  tree.insert_node(2, {0, "b"});
  EXPECT_EQ(tree.all_pids(), Pids{2});
}

TEST(Capacity, CreatorsThatOnlyTheirChildrenNamedGoWithThem) {
  LockedTable tree(10, seconds(0));
  for (std::uint32_t i = 0; i < 100'000; ++i) tree.insert_node(1'000'000 + i, {i + 1, "x"});
  EXPECT_EQ(tree.size(), 10U);
  EXPECT_EQ(tree.with(0, [](const ProcessTable& table, Slot) { return table.size(); }), 20U);
}

// Against a model that looks through everything each time.
TEST(Capacity, GoesByTheRuleWhateverHappens) {
  constexpr std::size_t kCapacity = 30;
  struct Entry {
    std::uint32_t ppid = 0;
    std::uint64_t age = 0;
    bool exited = false;
  };
  std::map<std::uint32_t, Entry> model;
  std::uint64_t age = 0;
  const auto is_pinned = [&](std::uint32_t pid) {
    // Does anything living descend from it?
    return std::any_of(model.begin(), model.end(), [&](const auto& entry) {
      if (entry.first == pid || entry.second.exited) return false;
      for (std::uint32_t up = entry.second.ppid; up != 0 && model.contains(up); up = model[up].ppid) {
        if (up == pid) return true;
      }
      return false;
    });
  };
  const auto evict = [&](std::uint32_t spared) {
    while (model.size() > kCapacity) {
      std::uint32_t oldest = 0;
      for (const auto& [pid, entry] : model) {
        if (!is_pinned(pid) && (oldest == 0 || entry.age < model[oldest].age)) oldest = pid;
      }
      if (oldest == 0 || oldest == spared) break;
      model.erase(oldest);
    }
  };

  const DefaultTree tree(kCapacity);
  std::uint64_t random = 11;
  const auto next = [&random](std::uint64_t below) {
    random = random * 6364136223846793005U + 1442695040888963407U;
    return static_cast<std::uint32_t>((random >> 33) % below);
  };
  for (std::uint32_t pid = 1; pid <= 3000; ++pid) {
    const std::uint32_t ppid = pid < 5 ? 0 : pid - 1 - next(std::min(pid - 1, 40U));
    // Who is gone can't be the parent of anybody.
    const std::uint32_t parent = model.contains(ppid) && !model[ppid].exited ? ppid : 0;
    tree.insert_node(pid, {parent, "x"});
    model[pid] = {parent, ++age, false};
    evict(pid);
    for (int i = 0; i < 2; ++i) {
      const std::uint32_t other = 1 + next(pid);
      if (!model.contains(other) || model[other].exited || next(3) == 0) continue;
      tree.mark_exited(other);
      model[other].exited = true;
      evict(0);
    }
    if (const std::uint32_t again = 1 + next(pid); model.contains(again) && !model[again].exited) {
      tree.insert_node(again, {model[again].ppid, "y"});
      model[again].age = ++age;
    }
    Pids expected;
    for (const auto& [known, entry] : model) expected.push_back(known);
    ASSERT_EQ(sorted(tree.all_pids()), expected) << "after " << pid;
  }
}

// --- a pid's owners

TEST(Owners, TheNextOneIsAnotherProcess) {
  const DefaultTree tree;
  tree.insert_node(7, {1, "old"});
  tree.insert_node(8, {7, "child"});
  tree.mark_exited(7);
  EXPECT_EQ(tree.get_node(7), (PidNode{1, "old"})) << "it stays, for the chain of its child";
  tree.insert_node(7, {2, "new"});
  EXPECT_EQ(tree.get_node(7), (PidNode{2, "new"}));
  EXPECT_EQ(children(tree, 7), Pids{});
  EXPECT_EQ(tree.get_node(8)->ppid, 7U);
  EXPECT_EQ(tree.all_pids().size(), 2U) << "each pid once";
  EXPECT_EQ(tree.size(), 3U) << "the former owner is kept for its child";
  tree.mark_exited(8);
  tree.mark_exited(7);
  EXPECT_EQ(tree.living_pids(), Pids{});
}

TEST(Owners, AMillionOfOnePid) {
  const DefaultTree tree(1000);
  for (int i = 0; i < 1'000'000; ++i) {
    tree.insert_node(7, {1, "x"});
    tree.mark_exited(7);
  }
  EXPECT_EQ(tree.size(), 1000U);
  EXPECT_EQ(tree.all_pids(), Pids{7});
}

TEST(Owners, EndedIsEndedOnce) {
  const DefaultTree tree;
  tree.mark_exited(7);
  tree.insert_node(7, {1, "x"});
  tree.insert_node(8, {7, "y"});
  for (int i = 0; i < 3; ++i) tree.mark_exited(7);
  EXPECT_EQ(tree.living_pids(), Pids{8});
  EXPECT_EQ(tree.get_node(7)->cmd, "x");
}

}  // namespace
}  // namespace proctree
