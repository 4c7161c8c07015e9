// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// The public library on stores of the test's own and on the defaults.
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <map>

#include "proctree/proctree.hpp"

namespace proctree {
namespace {

constexpr std::uint32_t kNobody = 4294967295U;

class MapTree {
 public:
  std::optional<PidNode> get_node(std::uint32_t pid) {
    const auto found = nodes_.find(pid);
    return found == nodes_.end() ? std::nullopt : std::optional(found->second);
  }
  void insert_node(std::uint32_t pid, PidNode node) { nodes_[pid] = std::move(node); }
  std::vector<std::uint32_t> all_pids() {
    std::vector<std::uint32_t> pids;
    for (const auto& [pid, node] : nodes_) pids.push_back(pid);
    return pids;
  }

 private:
  std::map<std::uint32_t, PidNode> nodes_;
};

template <class Tree>
class LibraryTest : public testing::Test {
 protected:
  Tree tree;
  DefaultCache cache;
};

using Trees = testing::Types<MapTree, DefaultTree>;
TYPED_TEST_SUITE(LibraryTest, Trees);

using Pids = std::vector<std::uint32_t>;
// Pids that no process can have: pid_max is 4,194,304 at most.
constexpr std::uint32_t kA = 5'000'001, kB = 5'000'002, kC = 5'000'003, kD = 5'000'004;

TYPED_TEST(LibraryTest, ListsAreWhatTheNodesSay) {
  this->tree.insert_node(kD, {kB, "d"});
  this->tree.insert_node(kB, {kA, "b"});
  this->tree.insert_node(kC, {kA, "c"});
  this->tree.insert_node(kA, {0, "a"});
  EXPECT_EQ(children(this->tree, kA), (Pids{kB, kC}));
  EXPECT_EQ(descendants(this->tree, kA), (Pids{kB, kC, kD}));
  EXPECT_EQ(siblings(this->tree, kB), (Pids{kC}));
  EXPECT_EQ(find_by_cmd(this->tree, "c"), (Pids{kC}));
  EXPECT_TRUE(is_descendant(this->tree, kD, "a"));
  EXPECT_FALSE(is_descendant(this->tree, kD, "d"));
  EXPECT_EQ(tree_len(this->tree), 4U);
  EXPECT_EQ(display(this->tree, kA), "a(5000001)\n├─b(5000002)\n│ └─d(5000004)\n└─c(5000003)");
  EXPECT_EQ(build_chain_string(this->tree, this->cache, kD),
            "5000004|d|unknown;5000002|b|unknown;5000001|a|unknown");
}

TYPED_TEST(LibraryTest, NobodyHasNothing) {
  for (const std::uint32_t pid : {0U, kNobody, kA}) {
    EXPECT_EQ(resolve(this->cache, pid), std::nullopt);
    EXPECT_TRUE(children(this->tree, pid).empty());
    EXPECT_TRUE(descendants(this->tree, pid).empty());
    EXPECT_TRUE(siblings(this->tree, pid).empty());
    EXPECT_EQ(display(this->tree, pid), "unknown");
    EXPECT_EQ(build_chain_string(this->tree, this->cache, pid), std::to_string(pid) + "|unknown|unknown");
  }
}

TYPED_TEST(LibraryTest, CyclesAndSelfParentsEnd) {
  this->tree.insert_node(kA, {kB, "a"});
  this->tree.insert_node(kB, {kA, "b"});
  this->tree.insert_node(kC, {kB, "c"});
  this->tree.insert_node(kD, {kD, "self"});
  EXPECT_EQ(descendants(this->tree, kA), (Pids{kB, kC}));
  EXPECT_FALSE(is_descendant(this->tree, kC, "nobody"));
  EXPECT_EQ(build_chain(this->tree, this->cache, kC).size(), 3U);
  EXPECT_EQ(build_chain(this->tree, this->cache, kD).size(), 1U);
  EXPECT_TRUE(children(this->tree, kD).empty());
  EXPECT_EQ(display(this->tree, kD), "self(5000004)");
}

TYPED_TEST(LibraryTest, EventsOfAProcessThatIsGone) {
  handle_events(this->tree, this->cache, {Fork{kB, kA, 0}});
  EXPECT_EQ(this->tree.get_node(kB), (PidNode{kA, ""}));
  handle_events(this->tree, this->cache, {Exec{kB, 1}, Exit{kB}});
  EXPECT_EQ(this->tree.get_node(kB), (PidNode{kA, "unknown"}));
}

TYPED_TEST(LibraryTest, TheSnapshotHoldsThisProcess) {
  snapshot(this->tree, this->cache);
  const auto self = static_cast<std::uint32_t>(getpid());
  const auto node = this->tree.get_node(self);
  ASSERT_TRUE(node);
  EXPECT_EQ(node->ppid, static_cast<std::uint32_t>(getppid()));
  EXPECT_EQ(node->cmd, proc::read_proc_comm(self));
  const auto info = resolve(this->cache, self);
  ASSERT_TRUE(info);
  EXPECT_EQ(info->start_time_ns, proc::read_proc_start_time_ns(self));
  const Pids all = descendants(this->tree, 1);
  EXPECT_NE(std::find(all.begin(), all.end(), self), all.end());
  EXPECT_EQ(build_chain(this->tree, this->cache, self).back().pid, 1U);
}

TEST(ProcessLink, CannotBeForged) {
  EXPECT_EQ(to_string(ProcessLink{7, "x|root;1\n", "a\\b\xff"}), "7|x\\x7croot\\x3b1\\x0a|a\\x5cb\\xff");
}

TEST(DefaultTree, APidsNextOwnerDoesNotInheritChildren) {
  const DefaultTree tree;
  const DefaultCache cache;
  handle_events(tree, cache, {Fork{kA, 1, 100}, Fork{kB, kA, 200}, Exit{kA}, Fork{kA, 1, 900'000'000}});
  EXPECT_TRUE(children(tree, kA).empty());
  EXPECT_EQ(tree.get_node(kB)->ppid, kA);
}

TEST(DefaultTree, CapacityTakesTheOldestWithoutALivingChild) {
  const DefaultTree tree(3);
  tree.insert_node(kA, {0, "a"});
  tree.insert_node(kB, {kA, "b"});
  tree.insert_node(kC, {0, "c"});
  tree.insert_node(kD, {0, "d"});
  EXPECT_TRUE(tree.contains(kA)) << "b lives and descends from it";
  EXPECT_FALSE(tree.contains(kB)) << "the oldest that nothing needs";
  EXPECT_EQ(tree.size(), 3U);
}

TEST(DefaultTree, CopiesShareOneStore) {
  const DefaultTree tree;
  DefaultTree copy = tree;
  copy.insert_node(kA, {0, "a"});
  EXPECT_TRUE(tree.contains(kA));
  copy = DefaultTree();
  EXPECT_FALSE(copy.contains(kA));
}

TEST(DefaultCache, CapacityKeepsAncestors) {
  const DefaultCache cache(2);
  cache.insert_info(kA, {"a", "root", 0, kA, 1});
  cache.insert_info(kB, {"b", "root", kA, kB, 2});
  cache.insert_info(kC, {"c", "root", 0, kC, 3});
  EXPECT_TRUE(cache.contains(kA));
  EXPECT_FALSE(cache.contains(kB));
  EXPECT_EQ(cache.get_info(kC)->cmd, "c");
}

}  // namespace
}  // namespace proctree
