// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// DefaultTree and DefaultCache by themselves: what they hold, for how long, and what goes first.
#include <gtest/gtest.h>
#include <unistd.h>

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

// Of no host, so that /proc knows nobody by it.
constexpr std::uint32_t at(std::uint32_t n) { return 5'000'000 + n; }

// --- age

std::uint32_t fake_now = 0;
std::uint32_t fake_clock() { return fake_now; }

TEST(Ttl, IsCountedFromTheLastInsertAndNotFromReads) {
  fake_now = 1000;
  LockedTable tree(100, seconds(10), fake_clock);
  tree.insert_node(at(1), {0, "a"});
  tree.insert_node(at(2), {0, "b"});
  fake_now += 60;
  EXPECT_EQ(tree.get_node(at(1))->cmd, "a");
  tree.insert_node(at(2), {0, "b"});
  fake_now += 40;
  EXPECT_TRUE(tree.contains(at(1))) << "just as old as it may become";
  fake_now += 1;
  EXPECT_FALSE(tree.contains(at(1)));
  EXPECT_EQ(tree.get_node(at(1)), std::nullopt);
  EXPECT_TRUE(tree.contains(at(2)));
  EXPECT_EQ(tree.all_pids(), Pids{at(2)});
  EXPECT_EQ(tree.size(), 1U);
  fake_now += 100;
  EXPECT_EQ(tree.size(), 0U);
}

TEST(Ttl, ContainsEvictsNothing) {
  fake_now = 0;
  LockedTable tree(100, seconds(1), fake_clock);
  tree.insert_node(at(1), {0, "a"});
  fake_now = 20;
  EXPECT_FALSE(tree.contains(at(1)));
  EXPECT_EQ(tree.get_node(at(1)), std::nullopt);
  fake_now = 5;  // had it gone, a clock turned back would not bring it back
  EXPECT_TRUE(tree.contains(at(1)));
  fake_now = 20;
  EXPECT_EQ(tree.size(), 0U);
  fake_now = 5;
  EXPECT_FALSE(tree.contains(at(1)));
}

TEST(Ttl, ZeroIsForEver) {
  fake_now = 0;
  LockedTable tree(100, seconds(0), fake_clock);
  LockedCache cache(100, seconds(-5), fake_clock);
  tree.insert_node(at(1), {0, "a"});
  cache.insert_info(at(1), info(at(1), 0));
  fake_now = 2'000'000'000;
  EXPECT_TRUE(tree.contains(at(1)));
  EXPECT_TRUE(cache.contains(at(1)));
}

TEST(Ttl, AnAncestorOfWhatLivesDoesNotExpire) {
  fake_now = 0;
  LockedTable tree(100, seconds(1), fake_clock);
  tree.insert_node(at(1), {0, "top"});
  tree.insert_node(at(2), {at(1), "middle"});
  tree.mark_exited(at(2));
  for (int i = 0; i < 5; ++i) {
    fake_now += 9;
    tree.insert_node(at(3), {at(2), "leaf"});
  }
  EXPECT_TRUE(tree.contains(at(1)));
  EXPECT_TRUE(tree.contains(at(2)));
  EXPECT_EQ(tree.size(), 3U);
  tree.mark_exited(at(3));
  EXPECT_EQ(tree.size(), 1U) << "the leaf isn't old yet, and nothing living needs the others";
  EXPECT_TRUE(tree.contains(at(3)));
  EXPECT_EQ(tree.get_node(at(3))->ppid, at(2));
}

TEST(Ttl, OfTheCacheIsTheSame) {
  fake_now = 0;
  LockedCache cache(100, seconds(1), fake_clock);
  cache.insert_info(at(1), info(at(1), 0));
  cache.insert_info(at(2), info(at(2), at(1)));
  fake_now = 8;
  cache.insert_info(at(2), info(at(2), at(1)));
  fake_now = 15;
  EXPECT_TRUE(cache.contains(at(1))) << "2 lives";
  EXPECT_TRUE(cache.get_info(at(2)).has_value());
  fake_now = 19;
  EXPECT_EQ(cache.size(), 0U);
}

TEST(Ttl, LongerThanAnyClock) {
  fake_now = 0;
  LockedTable tree(100, std::chrono::seconds::max(), fake_clock);
  tree.insert_node(at(1), {0, "a"});
  fake_now = 1'000'000'000;
  EXPECT_TRUE(tree.contains(at(1)));
}

TEST(Ttl, OnTheRealClock) {
  const DefaultTree tree(100, seconds(1));
  const DefaultCache cache(100, seconds(1));
  tree.insert_node(at(1), {0, "a"});
  cache.insert_info(at(1), info(at(1), 0));
  std::this_thread::sleep_for(std::chrono::milliseconds(1300));
  EXPECT_FALSE(tree.contains(at(1)));
  EXPECT_EQ(tree.get_node(at(1)), std::nullopt);
  EXPECT_EQ(cache.get_info(at(1)), std::nullopt);
  EXPECT_EQ(tree.size() + cache.size(), 0U);
}

// --- capacity

TEST(Capacity, TheOldestGoesFirst) {
  const DefaultTree tree(3);
  const DefaultCache cache(3);
  for (std::uint32_t pid = 1; pid <= 10; ++pid) {
    tree.insert_node(at(pid), {0, "x"});
    cache.insert_info(at(pid), info(at(pid), 0));
  }
  EXPECT_EQ(sorted(tree.all_pids()), (Pids{at(8), at(9), at(10)}));
  EXPECT_EQ(tree.size(), 3U);
  EXPECT_EQ(cache.size(), 3U);
  EXPECT_TRUE(cache.contains(at(8)));
  EXPECT_FALSE(cache.contains(at(7)));
}

TEST(Capacity, AnInsertMakesYoungAndAReadDoesNot) {
  const DefaultTree tree(3);
  for (const std::uint32_t pid : {1U, 2U, 3U, 1U}) tree.insert_node(at(pid), {0, "x"});
  static_cast<void>(tree.get_node(at(2)));
  tree.insert_node(at(4), {0, "x"});
  EXPECT_EQ(sorted(tree.all_pids()), (Pids{at(1), at(3), at(4)}));
}

TEST(Capacity, AnAncestorOfWhatLivesNeverGoes) {
  const DefaultTree tree(4);
  tree.insert_node(at(1), {0, "init"});
  tree.insert_node(at(2), {at(1), "daemon"});
  tree.insert_node(at(3), {at(2), "worker"});
  tree.mark_exited(at(2));
  for (std::uint32_t pid = 100; pid < 200; ++pid) {
    tree.insert_node(at(pid), {at(1), "x"});
    tree.insert_node(at(3), {at(2), "worker"});  // the youngest again: it stays too
  }
  EXPECT_TRUE(tree.contains(at(1)));
  EXPECT_TRUE(tree.contains(at(2))) << "it has ended, and is an ancestor";
  EXPECT_TRUE(tree.contains(at(3)));
  EXPECT_EQ(tree.size(), 4U);
}

TEST(Capacity, MoreLivingAncestorsThanThat) {
  const DefaultTree tree(10);
  const DefaultCache cache(10);
  for (std::uint32_t pid = 1; pid <= 100; ++pid) {
    tree.insert_node(at(pid), {at(pid - 1), "x"});
    cache.insert_info(at(pid), info(at(pid), at(pid - 1)));
  }
  EXPECT_EQ(tree.size(), 100U);
  EXPECT_EQ(cache.size(), 100U);
  for (std::uint32_t pid = 1; pid <= 100; ++pid) {
    tree.mark_exited(at(pid));
    cache.mark_exited(at(pid));
  }
  EXPECT_EQ(tree.size(), 10U);
  EXPECT_EQ(cache.size(), 10U);
}

TEST(Capacity, OfNothingIsOfOne) {
  const DefaultTree tree(0);
  tree.insert_node(at(1), {0, "a"});
  tree.insert_node(at(2), {0, "b"});
  EXPECT_EQ(tree.all_pids(), Pids{at(2)});
}

TEST(Capacity, CreatorsThatOnlyTheirChildrenNamedGoWithThem) {
  LockedTable tree(10, seconds(0));
  for (std::uint32_t i = 0; i < 100'000; ++i) tree.insert_node(at(1'000'000 + i), {at(i + 1), "x"});
  EXPECT_EQ(tree.size(), 10U);
  EXPECT_EQ(tree.with(0, [](const ProcessTable& table, Slot) { return table.size(); }), 20U);
}

// Against a model that looks through everything each time.
TEST(Capacity, GoesByTheRuleWhateverHappens) {
  constexpr std::size_t kLimit = 30;
  struct Entry {
    std::uint32_t ppid = 0;
    std::uint64_t age = 0;
    bool exited = false;
  };
  std::map<std::uint32_t, Entry> model;
  std::uint64_t age = 0;
  const auto has_live_children = [&](std::uint32_t pid) {
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
    while (model.size() > kLimit) {
      std::uint32_t oldest = 0;
      for (const auto& [pid, entry] : model) {
        if (!has_live_children(pid) && (oldest == 0 || entry.age < model[oldest].age)) oldest = pid;
      }
      if (oldest == 0 || oldest == spared) break;
      model.erase(oldest);
    }
  };

  const DefaultTree tree(kLimit);
  std::uint64_t random = 11;
  const auto next = [&random](std::uint64_t below) {
    random = random * 6364136223846793005U + 1442695040888963407U;
    return static_cast<std::uint32_t>((random >> 33) % below);
  };
  for (std::uint32_t pid = 1; pid <= 3000; ++pid) {
    const std::uint32_t ppid = pid < 5 ? 0 : pid - 1 - next(std::min(pid - 1, 40U));
    // Who is gone can't be the parent of anybody.
    const std::uint32_t parent = model.contains(ppid) && !model[ppid].exited ? ppid : 0;
    tree.insert_node(at(pid), {parent == 0 ? 0 : at(parent), "x"});
    model[pid] = {parent, ++age, false};
    evict(pid);
    for (int i = 0; i < 2; ++i) {
      const std::uint32_t other = 1 + next(pid);
      if (!model.contains(other) || model[other].exited || next(3) == 0) continue;
      tree.mark_exited(at(other));
      model[other].exited = true;
      model[other].age = ++age;
      evict(0);
    }
    if (const std::uint32_t again = 1 + next(pid); model.contains(again) && !model[again].exited) {
      tree.insert_node(at(again), {model[again].ppid == 0 ? 0 : at(model[again].ppid), "y"});
      model[again].age = ++age;
    }
    Pids expected;
    for (const auto& [known, entry] : model) expected.push_back(at(known));
    ASSERT_EQ(sorted(tree.all_pids()), expected) << "after " << pid;
  }
}

// --- what lives

TEST(Living, StaysAsEventsReport) {
  fake_now = 0;
  LockedTable tree(100, seconds(10), fake_clock);
  LockedCache cache(100, seconds(10), fake_clock);
  tree.fork({at(1), at(9), 0});
  tree.fork({at(2), at(1), 0});
  tree.set_unknown(at(3));    // it has executed something
  cache.set_reported(at(1));  // before anything is known of it
  cache.insert_info(at(1), info(at(1), 0));
  cache.insert_info(at(2), info(at(2), at(1)));
  cache.set_reported(at(2));
  fake_now = 100'000;
  EXPECT_EQ(tree.size(), 3U);
  EXPECT_EQ(sorted(tree.living_pids()), (Pids{at(1), at(2), at(3)}));
  EXPECT_TRUE(tree.contains(at(1)) && tree.contains(at(3)));
  EXPECT_EQ(cache.size(), 2U);
  tree.mark_exited(at(2));
  cache.mark_exited(at(2));
  fake_now += 100;
  EXPECT_TRUE(tree.contains(at(2)) && cache.contains(at(2))) << "its age is that of its end";
  fake_now += 1;
  EXPECT_EQ(sorted(tree.all_pids()), (Pids{at(1), at(3)}));
  EXPECT_EQ(cache.all_pids(), Pids{at(1)});
}

TEST(Living, AnInsertTakesNothingFromWhatEventsReported) {
  fake_now = 0;
  LockedTable tree(100, seconds(10), fake_clock);
  LockedCache cache(100, seconds(10), fake_clock);
  tree.fork({at(1), 0, 0});
  tree.insert_node(at(1), {0, "x"});
  cache.insert_info(at(1), info(at(1), 0));
  cache.set_reported(at(1));
  cache.insert_info(at(1), info(at(1), 0));
  fake_now = 1000;
  EXPECT_TRUE(tree.contains(at(1)) && cache.contains(at(1)));
}

TEST(Living, StaysAsProcShows) {
  fake_now = 0;
  const TempTree proc;
  LockedTable tree(100, seconds(10), fake_clock);
  tree.set_proc_root(proc.root());
  constexpr std::uint64_t kLater = 4'000'000'000;  // ticks: this host has not run for a year
  FakeProcess{.pid = 1, .comm = "a", .start_ticks = 5}.write_to(proc);
  FakeProcess{.pid = 2, .comm = "b", .start_ticks = kLater}.write_to(proc);
  FakeProcess{.pid = 3, .comm = "c", .ppid = 1, .start_ticks = kLater}.write_to(proc);
  FakeProcess{.pid = 4, .comm = "d", .start_ticks = kLater}.write_to(proc);
  tree.insert_node(1, {0, "a"});
  tree.insert_node(2, {0, "before"});  // who has the pid began after this
  tree.insert_processes({{{3, 1, "c", kLater * 10'000'000}, {4, 1, "before", 70'000'000}}});
  fake_now = 101;
  EXPECT_TRUE(tree.contains(1));
  EXPECT_FALSE(tree.contains(2));
  EXPECT_EQ(sorted(tree.all_pids()), (Pids{1, 3}));
  for (int i = 0; i < 5; ++i) {
    fake_now += 101;
    EXPECT_EQ(tree.size(), 2U);
  }
  proc.remove("3");
  EXPECT_EQ(tree.size(), 2U) << "it is young";
  fake_now += 101;
  EXPECT_EQ(tree.all_pids(), Pids{1});
  proc.remove("1");
  fake_now += 101;
  EXPECT_EQ(tree.size(), 0U);
}

TEST(Living, OnTheRealClockAndTheRealProc) {
  const DefaultTree tree(100'000, seconds(1));
  const DefaultCache cache(100'000, seconds(1));
  snapshot(tree, cache);
  const auto self = static_cast<std::uint32_t>(::getpid());
  const DefaultTree reported(100, seconds(1));
  reported.insert_node(self, {0, "self"});
  handle_events(reported, cache, {Fork{at(1), self, 0}, Fork{at(2), self, 0}, Exit{at(2)}});
  std::this_thread::sleep_for(std::chrono::milliseconds(1300));
  EXPECT_TRUE(tree.contains(1) && tree.contains(self) && cache.contains(self));
  EXPECT_EQ(children(reported, self), Pids{at(1)});
  EXPECT_EQ(sorted(reported.all_pids()), (Pids{self, at(1)}));
}

TEST(Living, StaysWhereOthersHaveEnded) {
  const DefaultTree tree(5);
  const DefaultCache cache(5);
  const TempTree proc;
  FakeProcess{.pid = 7, .comm = "shown", .start_ticks = 5}.write_to(proc);
  handle_events(tree, cache, {Fork{at(1), 0, 0}, Fork{at(2), at(1), 0}}, proc.root());
  tree.insert_node(7, {0, "shown"});
  cache.insert_info(7, info(7, 0));
  for (std::uint32_t i = 0; i < 1000; ++i) {
    handle_events(tree, cache, {Fork{at(100 + i), at(2), 0}, Exit{at(100 + i)}}, proc.root());
    tree.insert_node(at(2000 + i), {0, "x"});
    cache.insert_info(at(2000 + i), info(at(2000 + i), 0));
  }
  EXPECT_EQ(sorted(tree.living_pids()), (Pids{7, at(1), at(2), at(2999)}));
  EXPECT_EQ(tree.size(), 5U);
  EXPECT_TRUE(cache.contains(7));
  EXPECT_EQ(tree.evicted_living() + cache.evicted_living(), 0U);
}

TEST(Living, GoesOnlyWhereNothingElseIsLeftAndIsCounted) {
  const DefaultTree tree(3);
  const DefaultCache cache(3);
  for (const std::uint32_t n : {1, 2, 3}) {
    handle_events(tree, cache, {Fork{at(n), 0, 0}});
    cache.insert_info(at(n), info(at(n), 0));
  }
  tree.insert_node(at(50), {0, "not known to live"});
  cache.insert_info(at(50), info(at(50), 0));
  EXPECT_EQ(sorted(tree.all_pids()), (Pids{at(1), at(2), at(3)}));
  EXPECT_FALSE(cache.contains(at(50)));
  EXPECT_EQ(tree.evicted_living() + cache.evicted_living(), 0U);
  for (const std::uint32_t n : {4, 5}) {
    handle_events(tree, cache, {Fork{at(n), 0, 0}});
    cache.insert_info(at(n), info(at(n), 0));
  }
  EXPECT_EQ(sorted(tree.all_pids()), (Pids{at(3), at(4), at(5)}));
  EXPECT_TRUE(cache.contains(at(3)));
  EXPECT_EQ(tree.evicted_living(), 2U);
  EXPECT_EQ(cache.evicted_living(), 2U);
}

// A store full of what /proc shows: it is looked at again, but not for every event.
TEST(Living, IsLookedAtNotMoreOftenThanThat) {
  fake_now = 0;
  const TempTree proc;
  constexpr std::uint32_t kCount = 50;
  LockedTable tree(kCount, seconds(0), fake_clock);
  tree.set_proc_root(proc.root());
  for (std::uint32_t pid = 1; pid <= kCount; ++pid) {
    FakeProcess{.pid = pid, .comm = "x", .start_ticks = 5}.write_to(proc);
    tree.insert_node(pid, {0, "x"});
  }
  for (std::uint32_t i = 0; i < 100; ++i) tree.fork({at(i), 1, 0});
  EXPECT_EQ(tree.evicted_living(), 100U);
  EXPECT_EQ(tree.size(), kCount);
  fake_now += 1000;
  for (std::uint32_t i = 100; i < 110; ++i) tree.fork({at(i), 1, 0});
  EXPECT_TRUE(tree.contains(1)) << "an ancestor of what lives";
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
