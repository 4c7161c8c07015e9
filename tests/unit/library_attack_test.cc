// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// What a process may do to a tree by forking and ending: memory stays bounded, and nothing takes more than
// linear time or any recursion.
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <string>
#include <vector>

#include "library/locked_cache.hpp"
#include "library/locked_table.hpp"
#include "library_fixture.hpp"

namespace proctree {
namespace {

using detail::LockedCache;
using detail::LockedTable;
using std::chrono::seconds;

// Sanitizers make each step some twenty times as dear: under one, attacks are that much shorter.
constexpr std::uint64_t kAttack = kUnderSanitizer ? 500'000 : 10'000'000;
constexpr std::uint32_t kMany = kUnderSanitizer ? 50'000 : 1'000'000;

constexpr std::size_t kCapacity = 4000;
// Two ends of a line, and what it may grow by before it is folded.
constexpr std::size_t kLine = 1024 + 128;

std::size_t nodes_of(const LockedTable& tree) {
  return tree.with(0, [](const ProcessTable& table, Slot) { return table.size(); });
}

// The peak memory in use: slots are reused, so their number shows it.
std::size_t slots_of(const LockedTable& tree) {
  return tree.with(
      0, [](const ProcessTable& table, Slot) { return static_cast<std::size_t>(table.slot_end()); });
}

// Up to whom the tree knows the creators of a process; 0: it doesn't know the process.
std::uint32_t top_of(const LockedTable& tree, std::uint32_t pid) {
  const auto line = tree.line(pid);
  return line.empty() ? 0 : line.back().pid;
}

// The pid of the n-th process of a host that gives out 30,000 of them.
std::uint32_t pid_of(std::uint64_t n) { return static_cast<std::uint32_t>(300 + n % 30'000); }
std::uint64_t start_of(std::uint64_t n) { return 1'000'000'000 + n * 1'000'000; }

TEST(Attack, ALineOfTenMillionForksAndExits) {
  LockedTable tree(kCapacity, seconds(0));
  LockedCache cache(kCapacity, seconds(0));
  tree.insert_node(1, {0, "init"});
  std::uint32_t last = 1;
  for (std::uint64_t n = 0; n < kAttack; ++n) {
    const std::uint32_t pid = pid_of(n);
    tree.fork({pid, last, start_of(n)});
    cache.insert_info(pid, {"x", "u", last, pid, start_of(n)});
    if (last != 1) {
      tree.mark_exited(last);
      cache.mark_exited(last);
    }
    last = pid;
  }
  EXPECT_LE(slots_of(tree), kLine + 10);
  EXPECT_LE(cache.size(), kCapacity);
  const auto line = tree.line(last);
  ASSERT_FALSE(line.empty());
  EXPECT_LE(line.size(), kLine + 2);
  EXPECT_EQ(line.front().pid, last);
  EXPECT_EQ(line.back().pid, 1U);
  EXPECT_TRUE(std::any_of(line.begin(), line.end(),
                          [](const auto& above) { return above.cmd.ends_with(" folded)"); }));
}

// A line of ended ancestors that would be longer than all the store may hold doesn't push out the living.
TEST(Attack, ALineInASmallStore) {
  constexpr std::size_t kSmall = 1000;
  LockedTable tree(kSmall, seconds(0));
  tree.insert_node(1, {0, "init"});
  tree.insert_node(2, {1, "bystander"});
  std::uint32_t last = 1;
  for (std::uint64_t n = 0; n < kMany; ++n) {
    tree.fork({pid_of(n), last, start_of(n)});
    if (last != 1) tree.mark_exited(last);
    last = pid_of(n);
  }
  EXPECT_LE(slots_of(tree), kSmall);
  EXPECT_EQ(top_of(tree, last), 1U);
  EXPECT_EQ(top_of(tree, 2), 1U);
}

// The same with a child at each step that ends too, so that no ancestor has a single child.
TEST(Attack, ALineWithDeadBranches) {
  LockedTable tree(kCapacity, seconds(0));
  std::uint32_t last = 1;
  tree.insert_node(1, {0, "init"});
  for (std::uint64_t n = 0; n < kMany; n += 2) {
    tree.fork({pid_of(n), last, start_of(n)});
    tree.mark_exited(pid_of(n));
    tree.fork({pid_of(n + 1), last, start_of(n + 1)});
    if (last != 1) tree.mark_exited(last);
    last = pid_of(n + 1);
  }
  EXPECT_LE(slots_of(tree), kCapacity + 10);
  EXPECT_EQ(top_of(tree, last), 1U);
}

// A line that is alive as a whole, and then ends from its lower end upwards but for the last process. Again
// and again.
TEST(Attack, LinesThatEndBackwards) {
  constexpr int kDepth = 2000;
  LockedTable tree(kCapacity, seconds(0));
  tree.insert_node(1, {0, "init"});
  std::uint32_t last = 1;
  std::uint64_t n = 0;
  for (int round = 0; round < 100; ++round) {
    std::vector<std::uint32_t> line = {last};
    for (int i = 0; i < kDepth; ++i, ++n) {
      tree.fork({pid_of(n), line.back(), start_of(n)});
      line.push_back(pid_of(n));
    }
    for (std::size_t i = line.size() - 1; i-- > 0;) {
      if (line[i] != 1) tree.mark_exited(line[i]);
    }
    last = line.back();
  }
  EXPECT_LE(nodes_of(tree), kLine + 10);
  EXPECT_LE(slots_of(tree), kDepth + kLine + 10);
  EXPECT_EQ(top_of(tree, last), 1U);
}

// Ends in no order at all.
TEST(Attack, LinesThatEndInDisorder) {
  constexpr int kDepth = 2000;
  LockedTable tree(kCapacity, seconds(0));
  tree.insert_node(1, {0, "init"});
  std::uint32_t last = 1;
  std::uint64_t n = 0;
  std::uint64_t random = 3;
  for (int round = 0; round < 100; ++round) {
    std::vector<std::uint32_t> line = {last};
    for (int i = 0; i < kDepth; ++i, ++n) {
      tree.fork({pid_of(n), line.back(), start_of(n)});
      line.push_back(pid_of(n));
    }
    last = line.back();
    line.pop_back();
    std::erase(line, 1U);
    for (std::size_t i = line.size(); i > 1; --i) {
      random = random * 6364136223846793005U + 1442695040888963407U;
      std::swap(line[i - 1], line[(random >> 33) % i]);
    }
    for (const std::uint32_t pid : line) tree.mark_exited(pid);
  }
  EXPECT_LE(nodes_of(tree), 2 * kLine);  // the last few may not have made a line yet
  EXPECT_EQ(top_of(tree, last), 1U);
}

// Many lines at a time: each may be 1,024 long, but all of them together may not.
TEST(Attack, ManyLinesTogetherAreBounded) {
  constexpr std::uint32_t kLines = 500;
  constexpr std::size_t kRoom = 200'000;
  LockedTable tree(kRoom, seconds(0));
  tree.insert_node(1, {0, "init"});
  std::vector<std::uint32_t> ends(kLines, 1);
  std::uint32_t pid = 300;
  for (int step = 0; step < 2000; ++step) {
    for (std::uint32_t& end : ends) {
      tree.insert_node(++pid, {end, "x"});
      if (end != 1) tree.mark_exited(end);
      end = pid;
    }
  }
  // A line that grows once half of the room is theirs is cut to 32.
  EXPECT_LE(nodes_of(tree), kRoom / 2 + kLines * (32 + 128 + 2));
  for (const std::uint32_t end : ends) ASSERT_EQ(top_of(tree, end), 1U);
}

TEST(Attack, AMillionExitedChildren) {
  LockedTable tree(kCapacity, seconds(0));
  LockedCache cache(kCapacity, seconds(0));
  tree.insert_node(1, {0, "init"});
  for (std::uint64_t n = 0; n < kMany; ++n) {
    tree.fork({pid_of(n), 1, start_of(n)});
    cache.insert_info(pid_of(n), {"x", "u", 1, pid_of(n), start_of(n)});
    tree.mark_exited(pid_of(n));
  }
  EXPECT_LE(slots_of(tree), kCapacity + 3);
  EXPECT_EQ(tree.size(), kCapacity);
  EXPECT_EQ(cache.size(), kCapacity);
  EXPECT_TRUE(tree.contains(1));
}

// Through the public operations: no file is there for any of them.
TEST(Attack, ThroughEvents) {
  const TempTree proc;
  const DefaultTree tree(kCapacity);
  const DefaultCache cache(kCapacity);
  std::vector<ProcEvent> events;
  std::uint32_t last = 1;
  for (std::uint64_t n = 0; n < kMany / 5; ++n) {
    events.emplace_back(Fork{pid_of(n), last, start_of(n)});
    events.emplace_back(Exec{pid_of(n), start_of(n)});
    events.emplace_back(Exit{last});
    last = pid_of(n);
  }
  handle_events(tree, cache, events, proc.root());
  EXPECT_LE(tree.size(), kCapacity);
  EXPECT_EQ(tree.living_pids(), Pids{last});
}

TEST(Attack, NamesAreForgottenWithTheirProcesses) {
  LockedTable tree(10, seconds(0));
  std::string name(1000, 'x');
  for (std::uint32_t pid = 1; pid <= 100'000; ++pid) {
    name.replace(0, 6, std::to_string(100'000 + pid));
    tree.insert_node(pid, {0, name});
    tree.insert_node(pid, {0, name + "!"});
  }
  EXPECT_EQ(tree.size(), 10U);
}

class AMillionDeep : public testing::Test {
 protected:
  static constexpr std::uint32_t kDepth = kMany;
  // Of no host, where it matters that /proc knows nobody by them.
  static void fill(const DefaultTree& tree, const DefaultCache& cache, std::uint32_t first = 1) {
    for (std::uint32_t pid = first; pid < first + kDepth; ++pid) {
      tree.insert_node(pid, {pid - 1, pid == first ? "top" : "x"});
      cache.insert_info(pid, {"x", "u", pid - 1, pid, 7});
    }
  }
  static void expect_whole(const DefaultTree& tree, const DefaultCache& cache, const TempTree& proc) {
    EXPECT_EQ(descendants(tree, 1).size(), kDepth - 1);
    EXPECT_EQ(children(tree, kDepth - 1), Pids{kDepth});
    EXPECT_FALSE(is_descendant(tree, kDepth, "none"));
    EXPECT_EQ(find_by_cmd(tree, "x").size(), kDepth - 1);
    const std::string text = display(tree, 1);
    EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), kDepth - 1);
    EXPECT_EQ(build_chain(tree, cache, kDepth, proc.root()).size(), kDepth);
  }
};

TEST_F(AMillionDeep, EveryOperationOnALivingLine) {
  const DefaultTree tree(2 * kDepth);
  const DefaultCache cache(2 * kDepth);
  const TempTree proc;
  fill(tree, cache);
  expect_whole(tree, cache, proc);
  EXPECT_TRUE(is_descendant(tree, kDepth, "top"));
  const std::string chain = build_chain_string(tree, cache, kDepth, proc.root());
  EXPECT_EQ(std::count(chain.begin(), chain.end(), ';'), kDepth - 1);
  EXPECT_TRUE(chain.ends_with(";1|top|u"));
  // It closes into a cycle, and is opened again.
  tree.insert_node(1, {kDepth, "top"});
  expect_whole(tree, cache, proc);
  tree.insert_node(1, {0, "top"});
  expect_whole(tree, cache, proc);
  // And ends: oldest first, of all orders the one in which most depends on each other.
  for (std::uint32_t pid = 1; pid < kDepth; ++pid) tree.mark_exited(pid);
  EXPECT_LE(tree.size(), kLine) << "folded";
  EXPECT_TRUE(is_descendant(tree, kDepth, "top"));
}

TEST_F(AMillionDeep, InAStoreOfTheUsers) {
  PlainTree tree;
  PlainCache cache;
  const TempTree proc;
  for (std::uint32_t pid = 1; pid <= kDepth; ++pid) tree.insert_node(pid, {pid - 1, pid == 1 ? "top" : "x"});
  for (const std::uint32_t top : {0U, kDepth}) {  // a line, and a cycle
    tree.insert_node(1, {top, "top"});
    EXPECT_EQ(descendants(tree, 1).size(), kDepth - 1);
    EXPECT_FALSE(is_descendant(tree, kDepth, "none"));
    EXPECT_EQ(build_chain(tree, cache, kDepth, proc.root()).size(), kDepth);
    const std::string text = display(tree, 1);
    EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), kDepth - 1);
  }
}

TEST_F(AMillionDeep, StaysAsLongAsItsEndLives) {
  const DefaultTree tree(10);
  const DefaultCache cache(10);
  fill(tree, cache, kA);
  EXPECT_EQ(tree.size(), kDepth) << "ancestors of what lives never go, whatever the capacity";
  EXPECT_EQ(cache.size(), kDepth);
  tree.mark_exited(kA + kDepth - 1);
  cache.mark_exited(kA + kDepth - 1);
  EXPECT_EQ(tree.size(), 10U);
  EXPECT_EQ(cache.size(), 10U);
}

TEST(Attack, AHundredThousandForksUnderOneParentAndItsExit) {
  const DefaultTree tree(200'000);
  const DefaultCache cache;
  const TempTree proc;
  constexpr std::uint32_t kCount = 100'000;
  std::vector<ProcEvent> events;
  for (std::uint32_t i = 0; i < kCount; ++i) events.emplace_back(Fork{1000 + i, 500, 0});
  events.emplace_back(Exit{500});
  handle_events(tree, cache, events, proc.root());
  EXPECT_EQ(children(tree, 500).size(), kCount);
  EXPECT_EQ(tree.get_node(1000)->ppid, 500U) << "nobody else's child";
}

TEST(Attack, OnePidBornAMillionTimes) {
  LockedTable tree(kCapacity, seconds(0));
  for (std::uint64_t n = 0; n < kMany; ++n) tree.fork({7, 1, start_of(n * 100)});
  EXPECT_EQ(tree.size(), kCapacity);
  EXPECT_LE(slots_of(tree), kCapacity + 3);
}

}  // namespace
}  // namespace proctree
