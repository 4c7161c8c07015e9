// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "tree/table.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <iterator>
#include <map>
#include <string>
#include <unordered_map>
#include <vector>

namespace proctree {
namespace {

constexpr std::uint64_t kSecond = 1'000'000'000;

TEST(PidIndex, AgreesWithAHashMapThroughInsertAndErase) {
  PidIndex index;
  std::unordered_map<std::uint32_t, std::uint32_t> truth;
  std::uint64_t random = 42;
  for (int i = 0; i < 200'000; ++i) {
    random = random * 6364136223846793005U + 1442695040888963407U;
    const auto pid = static_cast<std::uint32_t>(random >> 33) % 3000;
    if ((random >> 20) % 3 == 0) {
      index.erase(pid);
      truth.erase(pid);
    } else {
      index.set(pid, static_cast<std::uint32_t>(i));
      truth[pid] = static_cast<std::uint32_t>(i);
    }
  }
  ASSERT_EQ(index.size(), truth.size());
  for (std::uint32_t pid = 0; pid < 3000; ++pid) {
    const auto found = truth.find(pid);
    EXPECT_EQ(index.find(pid), found == truth.end() ? PidIndex::kNone : found->second) << pid;
  }
}

TEST(PidIndex, TakesEveryPidThereIs) {
  PidIndex index;
  EXPECT_EQ(index.find(0), PidIndex::kNone);
  index.erase(7);
  for (const std::uint32_t pid : {0U, 1U, 4294967295U}) index.set(pid, pid / 2);
  EXPECT_EQ(index.find(0), 0U);
  EXPECT_EQ(index.find(1), 0U);
  EXPECT_EQ(index.find(4294967295U), 2147483647U);
}

TEST(Interner, HoldsAStringOnceAndForgetsItWithItsLastHolder) {
  Interner strings;
  const auto a = strings.acquire("bash");
  EXPECT_EQ(strings.acquire("bash"), a);
  EXPECT_EQ(strings.size(), 1U);
  strings.release(a);
  EXPECT_EQ(strings.view(a), "bash");
  strings.release(a);
  EXPECT_EQ(strings.size(), 0U);
  EXPECT_EQ(strings.view(strings.acquire("zsh")), "zsh");
}

TEST(ProcessTable, ChildTakesItsCreatorsImageAndUser) {
  ProcessTable table;
  const Slot init = table.insert({1, 5}, kNoSlot, Edge::snapshot);
  table.set_root(init);
  table.set_image(init, {"systemd", "/usr/lib/systemd/systemd", 2});
  table.set_uid(init, 7);
  const Slot child = table.insert({20, 6}, init, Edge::observed);
  EXPECT_EQ(table.comm(child), "systemd");
  EXPECT_EQ(table.uid(child), 7U);
  table.set_image(child, {"bash", "/bin/bash", 3});
  EXPECT_EQ(table.comm(child), "bash");
  EXPECT_EQ(table.image(table[child].image_at_fork).comm, "systemd");
  EXPECT_EQ(table.comm(init), "systemd");
}

// A fork is reported late of a process that was seen to have ended, while its ancestors are retained in the
// midst of a line of ended ancestors by another.
TEST(ProcessTable, AChildOfOneThatHasEndedPartsTheLineAboveIt) {
  ProcessTable table;
  const Slot init = table.insert({1, 1}, kNoSlot, Edge::snapshot);
  table.set_root(init);
  table.set_image(init, {"init", "/sbin/init", 1});
  const Slot top = table.insert({10, 2}, init, Edge::observed);
  const Slot middle = table.insert({11, 3}, top, Edge::observed);
  const Slot low = table.insert({12, 4}, middle, Edge::observed);
  const Slot living = table.insert({13, 5}, low, Edge::observed);
  const Slot ended = table.insert({14, 6}, middle, Edge::observed);
  std::uint64_t now = 7;
  for (const Slot slot : {ended, top, low, middle}) table.mark_exited(slot, now++);

  const Slot late = table.insert({15, now++}, ended, Edge::observed);
  std::vector<Slot> above;
  for (Slot at = table[late].creator; at != kNoSlot; at = table[at].creator) above.push_back(at);
  EXPECT_EQ(above, (std::vector{ended, middle, top, init}));
  EXPECT_TRUE(table[ended].in_run && table[top].in_run && table[low].in_run);
  EXPECT_FALSE(table[middle].in_run) << "it is kept for two";
  EXPECT_EQ(table[ended].run_length, 1U);
  EXPECT_EQ(table[top].run_length, 1U);
  EXPECT_EQ(table[low].run_length, 1U);

  table.mark_exited(late, now++);
  EXPECT_TRUE(table[middle].in_run) << "and for one again";
  EXPECT_EQ(table[top].run_length, 3U);
  table.mark_exited(living, now);
  for (const Slot slot : {top, middle, low, ended}) EXPECT_EQ(table[slot].live_children, 0U);
}

TEST(ProcessTable, APidsNextOwnerIsAnotherProcess) {
  ProcessTable table;
  const Slot first = table.insert({9, 100}, kNoSlot, Edge::observed);
  const Slot second = table.insert({9, 200}, kNoSlot, Edge::observed);
  EXPECT_EQ(table.find(9), second);
  EXPECT_EQ(table.find(ProcKey{9, 100}), first);
  EXPECT_TRUE(table[first].exited) << "who held the pid before has ended";
  EXPECT_FALSE(table[second].exited);
  // A late exit of the first one leaves the second alone.
  table.mark_exited(first, 300);
  EXPECT_FALSE(table[second].exited);
  EXPECT_EQ(table.live(), 1U);
}

TEST(ProcessTable, AnOlderHolderLearntLateDoesNotTakeThePid) {
  ProcessTable table;
  const Slot newer = table.insert({9, 200}, kNoSlot, Edge::observed);
  const Slot oldest = table.insert({9, 50}, kNoSlot, Edge::inferred);
  const Slot older = table.insert({9, 100}, kNoSlot, Edge::inferred);
  EXPECT_EQ(table.find(9), newer);
  EXPECT_TRUE(table[older].exited);
  EXPECT_TRUE(table[oldest].exited);
  EXPECT_EQ(table.find(ProcKey{9, 100}), older);
  EXPECT_EQ(table.find(ProcKey{9, 50}), oldest);
  EXPECT_EQ(table.find(ProcKey{9, 51}), kNoSlot);
}

TEST(ProcessTable, StartTimesFromProcAgreeAtTheirGrain) {
  ProcessTable table;
  const Slot slot = table.insert({9, 1'234'567'891}, kNoSlot, Edge::observed);
  EXPECT_EQ(table.find_at_tick({9, 1'230'000'000}), slot);
  EXPECT_EQ(table.find_at_tick({9, 1'240'000'000}), kNoSlot);
}

TEST(ProcessTable, KeepsEveryAncestorOfWhatLives) {
  ProcessTable table({.exited_max = 0, .ttl_s = 1});
  const Slot a = table.insert({10, 1}, kNoSlot, Edge::observed);
  const Slot b = table.insert({11, 2}, a, Edge::observed);
  const Slot c = table.insert({12, 3}, b, Edge::observed);
  table.mark_exited(a, 4);
  table.mark_exited(b, 5);
  table.expire(1000 * kSecond);
  EXPECT_EQ(table.size(), 3U);
  EXPECT_EQ(table[c].creator, b);
  EXPECT_EQ(table[b].creator, a);
  table.mark_exited(c, 6);
  table.expire(2000 * kSecond);
  EXPECT_EQ(table.size(), 0U);
  EXPECT_EQ(table.find(10), kNoSlot);
  EXPECT_EQ(table.find(12), kNoSlot);
}

TEST(ProcessTable, ForgetsEndedProcessesByAgeAndByNumber) {
  ProcessTable table({.exited_max = 10, .ttl_s = 60});
  const Slot parent = table.insert({1, 1}, kNoSlot, Edge::observed);
  for (std::uint32_t i = 0; i < 100; ++i) {
    table.mark_exited(table.insert({100 + i, 10 + i}, parent, Edge::observed), 20 * kSecond);
  }
  table.expire(30 * kSecond);
  EXPECT_EQ(table.size(), 11U);
  EXPECT_EQ(table.find(100), kNoSlot) << "the oldest goes first";
  EXPECT_NE(table.find(199), kNoSlot);
  table.expire(81 * kSecond);
  EXPECT_EQ(table.size(), 1U);
  EXPECT_EQ(table.first_child(parent), kNoSlot);
}

TEST(ProcessTable, RefusesACycle) {
  ProcessTable table;
  const Slot a = table.insert({10, 1}, kNoSlot, Edge::observed);
  const Slot b = table.insert({11, 2}, a, Edge::observed);
  table.set_creator(a, b, Edge::inferred);
  table.set_creator(a, a, Edge::inferred);
  EXPECT_EQ(table[a].creator, kNoSlot);
  EXPECT_EQ(table[b].creator, a);
}

// Each process of a deep line of living ones gets its true creator late, one further up: none makes a cycle,
// and no allowance of steps may end before that is known of all.
TEST(ProcessTable, ReplacesEveryCreatorOfADeepLine) {
  constexpr std::uint32_t kDeep = 100'000;
  ProcessTable table;
  std::vector<Slot> line;
  for (std::uint32_t i = 0; i < kDeep; ++i) {
    const Slot above = line.empty() ? kNoSlot : line.back();
    line.push_back(table.insert({i + 1, i * 2 * kTickNs}, above, Edge::snapshot));
  }
  for (std::uint32_t i = kDeep - 1; i >= 2; --i) table.set_creator(line[i], line[i - 2], Edge::observed);
  for (std::uint32_t i = 2; i < kDeep; ++i) {
    ASSERT_EQ(table[line[i]].creator, line[i - 2]) << i;
    ASSERT_EQ(table[line[i]].edge, Edge::observed) << i;
  }
  table.set_creator(line[0], line[kDeep - 2], Edge::inferred);
  EXPECT_EQ(table[line[0]].creator, kNoSlot) << "a cycle";
}

// A start time that is unknown, or that a recording makes up, says nothing of cycles.
TEST(ProcessTable, RefusesACycleWhateverStartTimesSay) {
  ProcessTable table;
  const Slot old = table.insert({10, 0}, kNoSlot, Edge::observed);
  const Slot late = table.insert({11, 900 * kTickNs}, kNoSlot, Edge::observed);
  const Slot between = table.insert({12, 500 * kTickNs}, late, Edge::observed);
  table.set_creator(late, between, Edge::inferred);
  EXPECT_EQ(table[late].creator, kNoSlot);
  table.set_creator(old, between, Edge::inferred);
  EXPECT_EQ(table[old].creator, between);
  table.set_creator(late, old, Edge::inferred);
  EXPECT_EQ(table[late].creator, kNoSlot) << "late, between, old, late";
  table.refine_start(old, 1000 * kTickNs);
  table.set_creator(late, old, Edge::inferred);
  EXPECT_EQ(table[late].creator, kNoSlot);
}

TEST(ProcessTable, SlotsAreUsedAgain) {
  ProcessTable table({.exited_max = 0, .ttl_s = 1});
  for (std::uint32_t i = 0; i < 10'000; ++i) {
    const Slot slot = table.insert({i, i}, kNoSlot, Edge::observed);
    table.set_image(slot, {"c" + std::to_string(i), "/x", i});
    table.mark_exited(slot, i);
    table.expire(i);
  }
  EXPECT_EQ(table.size(), 0U);
  EXPECT_LE(table.slot_end(), 2U);
}

// A process forks and ends, its child does the same, and so on.
TEST(ProcessTable, ALineWithoutEndIsFoldedAndKeepsItsTwoEnds) {
  ProcessTable table({.exited_max = 100, .ttl_s = 0, .run_max = 1024});
  Slot last = table.insert({1, 1}, kNoSlot, Edge::snapshot);
  table.set_root(last);
  table.set_image(last, {"init", "/init", 1});
  constexpr std::uint64_t kLine = 1'000'000;
  std::size_t most = 0;
  for (std::uint64_t i = 2; i < kLine; ++i) {
    const Slot child = table.insert({static_cast<std::uint32_t>(2 + i % 30'000), i}, last, Edge::observed);
    if (last != table.find(1)) table.mark_exited(last, i);
    table.expire(i);
    last = child;
    most = std::max(most, table.size());
  }
  EXPECT_LE(most, 1024U + 256U + 10U);
  std::uint64_t stood_for = 0;
  std::uint64_t before = kLine;
  Slot slot = last;
  for (; !table[slot].root; slot = table[slot].creator) {
    ASSERT_NE(table[slot].creator, kNoSlot);
    ASSERT_LT(table[slot].start_ns, before) << "out of order";
    before = table[slot].start_ns;
    stood_for += std::max(table[slot].folded, 1U);
  }
  EXPECT_EQ(stood_for, kLine - 2) << "each of the line is counted once";
  EXPECT_EQ(table.comm(slot), "init");
}

TEST(ProcessTable, AMillionEndedChildrenOfOneParentAreBounded) {
  ProcessTable table({.exited_max = 1000, .ttl_s = 0});
  const Slot parent = table.insert({1, 1}, kNoSlot, Edge::snapshot);
  for (std::uint32_t i = 2; i < 1'000'000; ++i) {
    table.mark_exited(table.insert({i, i}, parent, Edge::observed), i);
    table.expire(i);
  }
  EXPECT_EQ(table.size(), 1001U);
  EXPECT_LE(table.slot_end(), 1003U);
}

TEST(ProcessTable, AMillionDeepLivingLineIsRetainedWhole) {
  ProcessTable table({.exited_max = 0, .ttl_s = 1});
  constexpr std::uint32_t kDepth = 1'000'000;
  Slot last = table.insert({1, 1}, kNoSlot, Edge::snapshot);
  for (std::uint32_t i = 2; i <= kDepth; ++i) last = table.insert({i, i}, last, Edge::observed);
  table.expire(~std::uint64_t{0});
  EXPECT_EQ(table.size(), kDepth);
  std::uint32_t depth = 1;
  for (Slot slot = last; table[slot].creator != kNoSlot; slot = table[slot].creator) ++depth;
  EXPECT_EQ(depth, kDepth);
  // The whole line ends, oldest first, and goes.
  for (std::uint32_t i = 1; i <= kDepth; ++i) table.mark_exited(table.find(i), 1);
  table.expire(~std::uint64_t{0});
  EXPECT_EQ(table.size(), 0U);
}

TEST(ProcessTable, OldestGoesFirstThoughItHasEndedChildren) {
  ProcessTable table({.exited_max = 1, .ttl_s = 0});
  const Slot a = table.insert({10, 1}, kNoSlot, Edge::observed);
  const Slot b = table.insert({11, 2}, a, Edge::observed);
  table.mark_exited(a, 3);
  EXPECT_EQ(table.size(), 2U);
  table.mark_exited(b, 4);
  table.expire(5);
  EXPECT_EQ(table.find(10), kNoSlot);
  EXPECT_EQ(table[b].creator, kNoSlot);
  EXPECT_EQ(table[b].creator_pid, 10U) << "its pid is known all the same";
}

// Against a model that recomputes everything from scratch: what lives and its ancestors stay.
TEST(ProcessTable, NeverLosesAnAncestorOfWhatLives) {
  ProcessTable table({.exited_max = 20, .ttl_s = 0, .run_max = 0});
  struct Truth {
    std::uint32_t creator;
    bool exited;
  };
  std::vector<Truth> truth = {{0, false}};
  static_cast<void>(table.insert({0, 1}, kNoSlot, Edge::observed));
  std::uint64_t random = 7;
  const auto next = [&random](std::uint64_t below) {
    random = random * 6364136223846793005U + 1442695040888963407U;
    return static_cast<std::uint32_t>((random >> 33) % below);
  };
  for (std::uint32_t i = 1; i < 20'000; ++i) {
    std::uint32_t creator = next(i);
    while (truth[creator].exited) creator = truth[creator].creator;
    truth.push_back({creator, false});
    static_cast<void>(table.insert({i, i + 1}, table.find(creator), Edge::observed));
    const std::uint32_t ends = 1 + next(i);
    if (ends <= i && !truth[ends].exited) {
      truth[ends].exited = true;
      table.mark_exited(table.find(ends), i);
    }
    table.expire(i);
  }
  for (std::uint32_t i = 0; i < truth.size(); ++i) {
    if (truth[i].exited) continue;
    Slot slot = table.find(i);
    for (std::uint32_t above = i; above != 0; above = truth[above].creator) {
      ASSERT_NE(slot, kNoSlot);
      ASSERT_EQ(table[slot].pid, above);
      ASSERT_EQ(table[slot].exited, truth[above].exited);
      slot = table[slot].creator;
    }
  }
}

// Hundreds of processes of few pids, reported in no order, found, made exact and removed: few holders stand
// in a list that is walked, many in order (tree/pid_history.hpp); both are held to a map.
TEST(ProcessTable, FindsEachOfManyHoldersOfAPid) {
  ProcessTable table({.externally_managed = true});
  std::vector<std::map<std::uint64_t, Slot>> truth(3);  // by pid: start to slot
  std::uint64_t random = 7;
  const auto below = [&random](std::uint64_t most) {
    random = random * 6364136223846793005U + 1442695040888963407U;
    return (random >> 33) % most;
  };
  for (int i = 0; i < 30'000; ++i) {
    const auto pid = static_cast<std::uint32_t>(below(truth.size()));
    auto& holders = truth[pid];
    // One pid grows indexed and is emptied again, over and over.
    const bool grows = pid == 0 ? i / 2000 % 2 == 0 : below(2) == 0;
    const ProcKey key{pid, 1 + below(100) * kTickNs + below(5) * 1000};
    const auto found = holders.find(key.start_ns);
    ASSERT_EQ(table.find(key), found == holders.end() ? kNoSlot : found->second);
    const auto after = holders.upper_bound(key.start_ns);
    ASSERT_EQ(table.find_at(key), after == holders.begin() ? kNoSlot : std::prev(after)->second);
    const auto tick = key.start_ns / kTickNs * kTickNs;
    const auto next = holders.lower_bound(tick + kTickNs);
    const bool any = next != holders.begin() && std::prev(next)->first >= tick;
    ASSERT_EQ(table.find_at_tick(key), any ? std::prev(next)->second : kNoSlot);
    const bool until = after != holders.begin() && std::prev(after)->first >= tick;
    ASSERT_EQ(table.find_at_tick(key, key.start_ns), until ? std::prev(after)->second : kNoSlot);
    ASSERT_EQ(table.find(pid), holders.empty() ? kNoSlot : holders.rbegin()->second);
    if (grows && found == holders.end()) {
      holders[key.start_ns] = table.insert(key, kNoSlot, Edge::observed);
    } else if (found != holders.end() && below(4) == 0 && !holders.contains(key.start_ns + 1)) {
      table.refine_start(found->second, key.start_ns + 1);
      holders[key.start_ns + 1] = found->second;
      holders.erase(found);
    } else if (!grows && !holders.empty()) {
      const auto gone = after == holders.end() ? holders.begin() : after;
      table.remove(gone->second);
      holders.erase(gone);
    }
  }
}

}  // namespace
}  // namespace proctree
