// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// Lists, searches and the drawing, on stores of each kind.
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "library_fixture.hpp"

namespace proctree {
namespace {

template <class Tree>
class Queries : public testing::Test {
 protected:
  //   A init ─┬─ B sshd ─┬─ D bash
  //           │          └─ E bash
  //           └─ C cron
  void plant() {
    tree_.insert_node(kE, {kB, "bash"});
    tree_.insert_node(kC, {kA, "cron"});
    tree_.insert_node(kA, {0, "init"});
    tree_.insert_node(kD, {kB, "bash"});
    tree_.insert_node(kB, {kA, "sshd"});
  }
  Tree tree_;
};

using AllTrees = testing::Types<DefaultTree, PlainTree, RichTree>;
TYPED_TEST_SUITE(Queries, AllTrees);

TYPED_TEST(Queries, Relatives) {
  this->plant();
  EXPECT_EQ(children(this->tree_, kA), (Pids{kB, kC}));
  EXPECT_EQ(children(this->tree_, kC), Pids{});
  EXPECT_EQ(descendants(this->tree_, kA), (Pids{kB, kC, kD, kE}));
  EXPECT_EQ(descendants(this->tree_, kD), Pids{});
  EXPECT_EQ(siblings(this->tree_, kD), Pids{kE});
  EXPECT_EQ(siblings(this->tree_, kA), Pids{});
  EXPECT_EQ(tree_len(this->tree_), 5U);
}

TYPED_TEST(Queries, Searches) {
  this->plant();
  EXPECT_EQ(find_by_cmd(this->tree_, "bash"), (Pids{kD, kE}));
  EXPECT_EQ(find_by_cmd(this->tree_, "bas"), Pids{});
  EXPECT_EQ(find_by_cmd(this->tree_, "bash2"), Pids{});
  EXPECT_TRUE(is_descendant(this->tree_, kD, "sshd"));
  EXPECT_TRUE(is_descendant(this->tree_, kD, "init"));
  EXPECT_FALSE(is_descendant(this->tree_, kD, "bash")) << "not its own";
  EXPECT_FALSE(is_descendant(this->tree_, kD, "cron"));
  EXPECT_FALSE(is_descendant(this->tree_, kA, "init"));
}

TYPED_TEST(Queries, Drawn) {
  this->plant();
  EXPECT_EQ(display(this->tree_, kA),
            "init(5000001)\n├─sshd(5000002)\n│ ├─bash(5000004)\n│ └─bash(5000005)\n└─cron(5000003)");
  EXPECT_EQ(display(this->tree_, kC), "cron(5000003)");
}

TYPED_TEST(Queries, OfNobody) {
  this->plant();
  for (const std::uint32_t pid : {0U, 7U, kMaxPid}) {
    EXPECT_EQ(children(this->tree_, pid), Pids{});
    EXPECT_EQ(descendants(this->tree_, pid), Pids{});
    EXPECT_EQ(siblings(this->tree_, pid), Pids{});
    EXPECT_FALSE(is_descendant(this->tree_, pid, "init"));
    EXPECT_EQ(display(this->tree_, pid), "unknown");
  }
}

TYPED_TEST(Queries, OfAParentThatIsOnlyNamed) {
  this->tree_.insert_node(kB, {kA, "b"});
  this->tree_.insert_node(kC, {kA, "c"});
  EXPECT_EQ(children(this->tree_, kA), (Pids{kB, kC}));
  EXPECT_EQ(siblings(this->tree_, kB), Pids{kC});
  EXPECT_FALSE(is_descendant(this->tree_, kB, ""));
  EXPECT_EQ(display(this->tree_, kA), "unknown");
  EXPECT_EQ(display(this->tree_, kB), "b(5000002)");
}

TYPED_TEST(Queries, CyclesAndSelfParents) {
  this->tree_.insert_node(kA, {kC, "a"});  // A → B → C → A, and D on C
  this->tree_.insert_node(kB, {kA, "b"});
  this->tree_.insert_node(kC, {kB, "c"});
  this->tree_.insert_node(kD, {kC, "d"});
  this->tree_.insert_node(kE, {kE, "self"});
  EXPECT_EQ(descendants(this->tree_, kA), (Pids{kB, kC, kD}));
  EXPECT_EQ(descendants(this->tree_, kC), (Pids{kA, kD, kB}));
  EXPECT_EQ(siblings(this->tree_, kA), Pids{kD});
  EXPECT_TRUE(is_descendant(this->tree_, kD, "b"));
  EXPECT_FALSE(is_descendant(this->tree_, kD, "none"));
  EXPECT_FALSE(is_descendant(this->tree_, kA, "a"));
  EXPECT_EQ(display(this->tree_, kA), "a(5000001)\n└─b(5000002)\n  └─c(5000003)\n    └─d(5000004)");
  EXPECT_EQ(children(this->tree_, kE), Pids{});
  EXPECT_EQ(siblings(this->tree_, kE), Pids{});
  EXPECT_FALSE(is_descendant(this->tree_, kE, "self"));
  EXPECT_EQ(display(this->tree_, kE), "self(5000005)");
}

// A cycle that is resolved, and another one: what was marked as closing the first doesn't confuse.
TYPED_TEST(Queries, CyclesThatComeAndGo) {
  this->tree_.insert_node(kA, {kB, "a"});
  this->tree_.insert_node(kB, {kA, "b"});
  this->tree_.insert_node(kC, {kD, "c"});
  this->tree_.insert_node(kD, {kC, "d"});
  this->tree_.insert_node(kA, {kC, "a"});
  EXPECT_EQ(descendants(this->tree_, kC), (Pids{kA, kD, kB}));
  EXPECT_TRUE(is_descendant(this->tree_, kB, "d"));
  EXPECT_FALSE(is_descendant(this->tree_, kB, "none"));
  DefaultCache cache;
  EXPECT_EQ(build_chain(this->tree_, cache, kB).size(), 4U);
  this->tree_.insert_node(kC, {0, "c"});
  EXPECT_EQ(display(this->tree_, kC), "c(5000003)\n├─a(5000001)\n│ └─b(5000002)\n└─d(5000004)");
}

TYPED_TEST(Queries, TheUnnamedHaveTheirParentsName) {
  this->tree_.insert_node(kA, {1, "nginx"});
  this->tree_.insert_node(kB, {kA, ""});
  this->tree_.insert_node(kC, {kB, ""});
  EXPECT_EQ(this->tree_.get_node(kC)->cmd, "");
  if constexpr (!std::is_same_v<TypeParam, DefaultTree>) {
    // Only fork events make DefaultTree inherit a name.
    EXPECT_EQ(display(this->tree_, kA), "nginx(5000001)\n└─nginx(5000002)\n  └─nginx(5000003)");
    this->tree_.insert_node(kD, {kE, ""});
    this->tree_.insert_node(kE, {kD, ""});
    EXPECT_EQ(display(this->tree_, kD), "unknown(5000004)\n└─unknown(5000005)");
  }
}

TYPED_TEST(Queries, HostileNamesAreMadeSafeToPrint) {
  this->tree_.insert_node(kA, {0, "a\nroot(1)\x1b[31m"});
  this->tree_.insert_node(kB, {kA,
                               "\xe2\x80\xae"
                               "evil\xc2\x9b"});  // turns the order of writing; C1
  this->tree_.insert_node(kC, {kA, std::string("nul\0\xff", 5)});
  const std::string text = display(this->tree_, kA);
  EXPECT_EQ(
      text,
      "a\\x0aroot(1)\\x1b[31m(5000001)\n├─\\xe2\\x80\\xaeevil\\xc2\\x9b(5000002)\n└─nul\\x00\\xff(5000003)");
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 2);
}

template <class Tree>
void expect_a_hundred_thousand_children(Tree&& tree) {
  constexpr std::uint32_t kCount = 100'000;
  tree.insert_node(1, {0, "x"});
  for (std::uint32_t i = 0; i < kCount; ++i) tree.insert_node(2 + i, {1, "y"});
  EXPECT_EQ(children(tree, 1).size(), kCount);
  EXPECT_EQ(descendants(tree, 1).size(), kCount);
  EXPECT_EQ(siblings(tree, 2).size(), kCount - 1);
  EXPECT_EQ(find_by_cmd(tree, "y").size(), kCount);
  const std::string text = display(tree, 1);
  EXPECT_EQ(static_cast<std::uint32_t>(std::count(text.begin(), text.end(), '\n')), kCount);
}

TEST(DefaultTreeQueries, AHundredThousandChildren) {
  expect_a_hundred_thousand_children(DefaultTree(200'000));
}
TEST(PlainTreeQueries, AHundredThousandChildren) { expect_a_hundred_thousand_children(PlainTree()); }

TEST(DefaultTreeQueries, WhatHasEndedIsLeftOut) {
  const DefaultTree tree;
  tree.insert_node(1, {0, "init"});
  tree.insert_node(2, {1, "gone"});
  tree.insert_node(3, {2, "lives"});
  tree.insert_node(4, {1, "gone"});
  tree.insert_node(5, {4, "gone too"});
  for (const std::uint32_t pid : {2U, 4U, 5U}) tree.mark_exited(pid);
  EXPECT_EQ(children(tree, 1), Pids{});
  EXPECT_EQ(descendants(tree, 1), Pids{3}) << "also behind one that has ended";
  EXPECT_EQ(find_by_cmd(tree, "gone"), Pids{});
  EXPECT_EQ(siblings(tree, 4), Pids{});
  EXPECT_TRUE(is_descendant(tree, 3, "gone"));
  EXPECT_EQ(display(tree, 1), "init(1)\n└─gone(2) <exited>\n  └─lives(3)");
  EXPECT_EQ(display(tree, 4), "gone(4) <exited>");
}

TEST(DefaultTreeQueries, ListsAscendThoughPidsWrap) {
  const DefaultTree tree;
  for (const std::uint32_t pid : {500U, 90U, 30'000U, 91U, 7U}) tree.insert_node(pid, {1, "x"});
  EXPECT_EQ(children(tree, 1), (Pids{7, 90, 91, 500, 30'000}));
  EXPECT_EQ(find_by_cmd(tree, "x"), (Pids{7, 90, 91, 500, 30'000}));
}

TEST(DefaultTreeQueries, DepthIsWrittenWhereIndentationEnds) {
  const DefaultTree tree;
  for (std::uint32_t pid = 1; pid <= 70; ++pid) tree.insert_node(pid, {pid - 1, "x"});
  EXPECT_TRUE(display(tree, 1).ends_with("└─[depth 69] x(70)"));
}

TEST(RichTreeQueries, WhatItOffersIsUsed) {
  RichTree tree;
  tree.insert_node(1, {0, "a"});
  tree.insert_node(2, {1, "b"});
  EXPECT_EQ(children(tree, 1), Pids{2});
  EXPECT_EQ(descendants(tree, 1), Pids{2});
  EXPECT_EQ(display(tree, 1), "a(1)\n└─b(2)");
  EXPECT_EQ(tree_len(tree), 2U);
  EXPECT_EQ(find_by_cmd(tree, "b"), Pids{2});
  EXPECT_EQ(tree.reads_of_all, 0) << "never all of it";
  EXPECT_EQ(tree.searches, 1);
  tree.mark_exited(2);
  EXPECT_EQ(children(tree, 1), Pids{});
}

// An index of children that is at odds with the nodes, as one read over a network may be.
class LyingTree : public PlainTree {
 public:
  std::vector<std::uint32_t> child_pids(std::uint32_t pid) {
    if (pid == 1) return {2, 3, 2};
    if (pid == 2) return {3, 4};
    if (pid == 3) return {2, 4, 3};
    if (pid == 4) return {2, 1};
    return {};
  }
};

TEST(LyingTreeQueries, EndAllTheSame) {
  LyingTree tree;
  for (std::uint32_t pid = 1; pid <= 4; ++pid) tree.insert_node(pid, {1, "x"});
  EXPECT_EQ(descendants(tree, 1), (Pids{2, 3, 4}));
  const std::string text = display(tree, 1);
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 3);
}

}  // namespace
}  // namespace proctree
