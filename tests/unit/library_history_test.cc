// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// Random histories of nodes: DefaultTree answers as the plainest of stores does, and bears what such a store
// never sees: parents that have ended, pids used again, little room.
#include <random>
#include <string>

#include "library_fixture.hpp"

namespace proctree {
namespace {

class LibraryHistory : public testing::TestWithParam<std::uint32_t> {
 protected:
  static constexpr std::uint32_t kPids = 40;

  std::uint32_t pick(std::uint32_t below) { return static_cast<std::uint32_t>(random_() % below); }
  // Pids that no process of this host has, so that nothing is looked up.
  std::uint32_t pid() { return kA + pick(kPids); }
  PidNode node() {
    std::string name = "p";
    name += static_cast<char>('0' + pick(4));
    return {pick(8) == 0 ? 0 : pid(), name};
  }

  std::mt19937 random_{GetParam()};
};

TEST_P(LibraryHistory, AllTreesAnswerAlike) {
  const DefaultTree tree;
  PlainTree plain;
  for (int i = 0; i < 300; ++i) {
    const std::uint32_t at = pid();
    const PidNode told = node();
    tree.insert_node(at, told);
    plain.insert_node(at, told);
    const std::uint32_t asked = pid();
    ASSERT_EQ(tree.get_node(asked), plain.get_node(asked)) << i;
    ASSERT_EQ(tree_len(tree), tree_len(plain)) << i;
    ASSERT_EQ(children(tree, asked), children(plain, asked)) << i;
    ASSERT_EQ(descendants(tree, asked), descendants(plain, asked)) << i;
    ASSERT_EQ(siblings(tree, asked), siblings(plain, asked)) << i;
    ASSERT_EQ(find_by_cmd(tree, told.cmd), find_by_cmd(plain, told.cmd)) << i;
    ASSERT_EQ(is_descendant(tree, asked, told.cmd), is_descendant(plain, asked, told.cmd)) << i;
    ASSERT_EQ(display(tree, asked), display(plain, asked)) << i;
  }
}

TEST_P(LibraryHistory, AnythingMayHappen) {
  const DefaultTree tree(pick(3) == 0 ? 8 : 1000);
  const DefaultCache cache(pick(3) == 0 ? 8 : 1000);
  for (std::uint64_t i = 0; i < 1000; ++i) {
    const std::uint32_t at = pid();
    switch (pick(6)) {
      case 0:
        tree.insert_node(at, node());
        break;
      case 1:
        cache.insert_info(at, {.cmd = "c", .user = "u", .ppid = pid(), .tgid = at, .start_time_ns = i});
        break;
      case 2:
        handle_events(tree, cache, {Exec{at, i}});
        break;
      case 3:
        handle_events(tree, cache, {Exit{at}});
        break;
      default:
        handle_events(tree, cache, {Fork{at, pid(), i}});
    }
    const std::uint32_t asked = pid();
    const Pids below = descendants(tree, asked);
    ASSERT_LE(below.size(), kPids);
    for (const std::uint32_t child : children(tree, asked)) {
      ASSERT_EQ(tree.get_node(child)->ppid, asked) << i;
      ASSERT_EQ(std::count(below.begin(), below.end(), child), child == asked ? 0 : 1) << i;
    }
    const std::vector<ProcessLink> chain = build_chain(tree, cache, asked);
    ASSERT_FALSE(chain.empty());
    ASSERT_EQ(chain.front().pid, asked);
    ASSERT_FALSE(display(tree, asked).empty());
  }
}

INSTANTIATE_TEST_SUITE_P(Histories, LibraryHistory, testing::Range(1U, 31U));

}  // namespace
}  // namespace proctree
