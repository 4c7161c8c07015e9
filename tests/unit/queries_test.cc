// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "tree/queries.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include "map_forest.hpp"
#include "tree/table_forest.hpp"

namespace proctree {
namespace {

using Pids = std::vector<std::uint32_t>;

//   1 init ─┬─ 2 sshd ─┬─ 4 bash ─── 6 vim
//           │          └─ 5 bash
//           └─ 3 cron
MapForest small_forest() {
  MapForest forest;
  forest.add(1, 0, "init");
  forest.add(2, 1, "sshd");
  forest.add(3, 1, "cron");
  forest.add(4, 2, "bash");
  forest.add(5, 2, "bash");
  forest.add(6, 4, "vim");
  return forest;
}

TEST(Queries, Relatives) {
  const MapForest forest = small_forest();
  EXPECT_EQ(children(forest, 1U), (Pids{2, 3}));
  EXPECT_EQ(children(forest, 6U), Pids{});
  EXPECT_EQ(descendants(forest, 1U), (Pids{2, 3, 4, 5, 6}));  // breadth first
  EXPECT_EQ(descendants(forest, 2U), (Pids{4, 5, 6}));
  EXPECT_EQ(descendants(forest, 3U), Pids{});
  EXPECT_EQ(siblings(forest, 4U), Pids{5});
  EXPECT_EQ(siblings(forest, 6U), Pids{});
  EXPECT_EQ(siblings(forest, 1U), Pids{});
}

TEST(Queries, OfWhoIsNotThere) {
  const MapForest forest = small_forest();
  for (const std::uint32_t pid : {0xffffffffU, 77U}) {
    EXPECT_EQ(children(forest, pid), Pids{});
    EXPECT_EQ(descendants(forest, pid), Pids{});
    EXPECT_EQ(siblings(forest, pid), Pids{});
    EXPECT_FALSE(is_descendant(forest, pid, "init"));
  }
}

TEST(Queries, ByComm) {
  const MapForest forest = small_forest();
  EXPECT_EQ(find_by_comm(forest, "bash"), (Pids{4, 5}));
  EXPECT_EQ(find_by_comm(forest, "bas"), Pids{});
  EXPECT_EQ(find_by_comm(forest, ""), Pids{});
}

TEST(Queries, IsDescendant) {
  const MapForest forest = small_forest();
  EXPECT_TRUE(is_descendant(forest, 6U, "sshd"));
  EXPECT_TRUE(is_descendant(forest, 6U, "init"));
  EXPECT_FALSE(is_descendant(forest, 6U, "vim"));
  EXPECT_FALSE(is_descendant(forest, 6U, "cron"));
  EXPECT_FALSE(is_descendant(forest, 1U, "init"));
}

TEST(Queries, DescendantsOfAny) {
  const MapForest forest = small_forest();
  auto found = descendants_of_any(forest, Pids{2, 4, 4, 1});
  std::sort(found.begin(), found.end());
  EXPECT_EQ(found, (Pids{2, 3, 4, 5, 6}));
  EXPECT_EQ(descendants_of_any(forest, Pids{}), Pids{});
}

TEST(Queries, CyclesAndSelfParents) {
  MapForest forest;
  forest.add(1, 3, "a");  // 1 → 2 → 3 → 1, with 4 hanging on 3
  forest.add(2, 1, "b");
  forest.add(3, 2, "c");
  forest.add(4, 3, "d");
  forest.add(9, 9, "self");
  forest.add(10, 9, "below");
  EXPECT_EQ(descendants(forest, 1U), (Pids{2, 3, 4}));
  EXPECT_EQ(descendants(forest, 3U), (Pids{1, 4, 2}));
  EXPECT_EQ(siblings(forest, 1U), Pids{4});
  EXPECT_TRUE(is_descendant(forest, 4U, "b"));
  EXPECT_FALSE(is_descendant(forest, 4U, "d"));
  EXPECT_FALSE(is_descendant(forest, 1U, "a"));  // not its own
  EXPECT_FALSE(is_descendant(forest, 4U, "none"));
  EXPECT_EQ(children(forest, 9U), Pids{10});
  EXPECT_EQ(descendants(forest, 9U), Pids{10});
  EXPECT_EQ(siblings(forest, 9U), Pids{});
  EXPECT_EQ(siblings(forest, 10U), Pids{});
  EXPECT_FALSE(is_descendant(forest, 9U, "self"));
  EXPECT_TRUE(is_descendant(forest, 10U, "self"));
}

TEST(Queries, LongWayIntoACycle) {
  MapForest forest;
  forest.add(1, 1000, "x");
  for (std::uint32_t pid = 2; pid <= 5000; ++pid) forest.add(pid, pid - 1, pid == 500 ? "mark" : "x");
  EXPECT_TRUE(is_descendant(forest, 5000U, "mark"));  // 4000 steps, then half the way round
  EXPECT_TRUE(is_descendant(forest, 400U, "mark"));
  EXPECT_FALSE(is_descendant(forest, 500U, "mark"));
  EXPECT_FALSE(is_descendant(forest, 5000U, "none"));
  EXPECT_EQ(descendants(forest, 1U).size(), 4999U);
}

TEST(Queries, AMillionDeep) {
  ProcessTable table;
  Slot above = kNoSlot;
  constexpr std::uint32_t kDepth = 1'000'000;
  for (std::uint32_t pid = 1; pid <= kDepth; ++pid) {
    above = table.insert({pid, pid}, above, Edge::observed);
    table.set_image(above, {pid == 1 ? "top" : "link", "", 0});
  }
  const TableForest forest(table);
  EXPECT_EQ(descendants(forest, table.find(1)).size(), kDepth - 1);
  EXPECT_TRUE(is_descendant(forest, table.find(kDepth), "top"));
  EXPECT_FALSE(is_descendant(forest, table.find(kDepth), "none"));
  // Each of them an ancestor: each is expanded once all the same.
  EXPECT_EQ(descendants_of_any(forest, find_by_comm(forest, "link")).size(), kDepth - 2);
}

TEST(Queries, AHundredThousandChildren) {
  ProcessTable table;
  const Slot top = table.insert({1, 1}, kNoSlot, Edge::observed);
  constexpr std::uint32_t kCount = 100'000;
  for (std::uint32_t i = 0; i < kCount; ++i) table.insert({100 + i, kCount - i}, top, Edge::observed);
  const TableForest forest(table);
  const auto found = children(forest, top);
  ASSERT_EQ(found.size(), kCount);
  EXPECT_EQ(table[found.front()].start_ns, 1U);  // oldest first
  EXPECT_EQ(table[found.back()].start_ns, kCount);
  EXPECT_EQ(siblings(forest, found[5]).size(), kCount - 1);
}

TEST(TableForest, RootsOldestFirst) {
  ProcessTable table;
  const Slot younger = table.insert({1, 20}, kNoSlot, Edge::snapshot);
  const Slot older = table.insert({2, 10}, kNoSlot, Edge::snapshot);
  table.insert({3, 30}, younger, Edge::snapshot);
  EXPECT_EQ(TableForest(table).roots(), (std::vector<Slot>{older, younger}));
}

}  // namespace
}  // namespace proctree
