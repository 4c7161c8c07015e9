// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "tree/display.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <string>

#include "base/escape.hpp"
#include "map_forest.hpp"
#include "tree/table_forest.hpp"

namespace proctree {
namespace {

std::string shown(const MapForest& forest, std::uint32_t root) {
  std::string out;
  append_tree(out, forest, root);
  return out;
}

TEST(Display, DrawsATree) {
  MapForest forest;
  forest.add(1, 0, "init");
  forest.add(2, 1, "sshd");
  forest.add(4, 2, "bash");
  forest.add(6, 4, "vim");
  forest.add(5, 2, "bash");
  forest.add(3, 1, "cron");
  forest.add(7, 3, "sh");
  EXPECT_EQ(shown(forest, 1),
            "init(1)\n"
            "├─sshd(2)\n"
            "│ ├─bash(4)\n"
            "│ │ └─vim(6)\n"
            "│ └─bash(5)\n"
            "└─cron(3)\n"
            "  └─sh(7)\n");
  EXPECT_EQ(shown(forest, 3), "cron(3)\n└─sh(7)\n");
  EXPECT_EQ(shown(forest, 6), "vim(6)\n");
}

TEST(Display, CyclesEnd) {
  MapForest forest;
  forest.add(1, 3);
  forest.add(2, 1);
  forest.add(3, 2);
  forest.add(9, 9);
  EXPECT_EQ(shown(forest, 1), "x(1)\n└─x(2)\n  └─x(3)\n");
  EXPECT_EQ(shown(forest, 9), "x(9)\n");
}

TEST(Display, LabelsOfTheTable) {
  ProcessTable table;
  const Slot top = table.insert({1, 1}, kNoSlot, Edge::snapshot);
  table.set_image(top, {"a\nb\x1b[31m\xff|;", "", 0});
  const Slot gone = table.insert({2, 2}, top, Edge::snapshot);
  table.set_image(gone, {"gone", "", 0});
  table.mark_exited(gone, 5);
  const Slot hidden = table.insert({3, 3}, kNoSlot, Edge::snapshot);

  std::string out;
  append_tree(out, TableForest(table), top);
  std::string safe;
  append_visible(safe, "a\nb\x1b[31m\xff|;");
  EXPECT_EQ(out, safe + "(1)\n└─gone(2) <exited>\n");
  EXPECT_EQ(std::count(out.begin(), out.end(), '\n'), 2);
  EXPECT_EQ(out.find('\x1b'), std::string::npos);

  out.clear();
  append_tree(out, TableForest(table, ForestOptions{.pids = false}), top);
  EXPECT_EQ(out, safe + "\n└─gone <exited>\n");
  out.clear();
  append_tree(out, TableForest(table), hidden);
  EXPECT_EQ(out, "unknown(3)\n");
}

TEST(Display, AFoldedLineSaysHowManyItStandsFor) {
  ProcessTable table(Retention{.run_max = 8});
  Slot above = table.insert({1, 1}, kNoSlot, Edge::observed);
  table.set_root(above);
  table.set_image(above, {"init", "", 0});
  for (std::uint32_t pid = 2; pid <= 2000; ++pid) {
    const Slot slot = table.insert({pid, pid}, above, Edge::observed);
    if (pid > 2) table.mark_exited(above, pid);
    table.expire(pid);
    above = slot;
  }
  std::string out;
  append_tree(out, TableForest(table), table.find(1));
  EXPECT_LT(std::count(out.begin(), out.end(), '\n'), 500);  // lines are folded in batches
  EXPECT_NE(out.find(" folded]("), std::string::npos) << out;
  EXPECT_TRUE(out.ends_with(" init(2000)\n")) << out;
}

TEST(Display, DepthIsWrittenWhereIndentationEnds) {
  MapForest forest;
  forest.add(1, 0);
  for (std::uint32_t pid = 2; pid <= 70; ++pid) forest.add(pid, pid - 1);
  forest.add(100, 68);  // a sibling in the deep
  const std::string out = shown(forest, 1);
  std::string indent(2 * (TreeLines::kIndentMax - 1), ' ');
  EXPECT_NE(out.find("\n" + indent.substr(2) + "└─x(64)\n"), std::string::npos);
  EXPECT_NE(out.find("\n" + indent + "└─[depth 64] x(65)\n"), std::string::npos);
  EXPECT_NE(out.find("\n" + indent + "├─[depth 68] x(69)\n" + indent + "└─[depth 69] x(70)\n" + indent +
                     "└─[depth 68] x(100)\n"),
            std::string::npos);
}

TEST(Display, AMillionDeep) {
  ProcessTable table;
  Slot above = kNoSlot;
  constexpr std::uint32_t kDepth = 1'000'000;
  for (std::uint32_t pid = 1; pid <= kDepth; ++pid) {
    above = table.insert({pid, pid}, above, Edge::observed);
    if (pid == 1) table.set_image(above, {"x", "", 0});  // the others take it over
  }
  std::string out;
  append_tree(out, TableForest(table), table.find(1));
  EXPECT_EQ(static_cast<std::uint32_t>(std::count(out.begin(), out.end(), '\n')), kDepth);
  EXPECT_LT(out.size(), kDepth * 400ULL);
  EXPECT_TRUE(out.ends_with("└─[depth 999999] x(1000000)\n"));
}

TEST(Display, AHundredThousandChildren) {
  ProcessTable table;
  const Slot top = table.insert({1, 1}, kNoSlot, Edge::observed);
  table.set_image(top, {"x", "", 0});
  constexpr std::uint32_t kCount = 100'000;
  for (std::uint32_t i = 0; i < kCount; ++i) table.insert({2 + i, 2 + i}, top, Edge::observed);
  std::string out;
  append_tree(out, TableForest(table), top);
  EXPECT_EQ(static_cast<std::uint32_t>(std::count(out.begin(), out.end(), '\n')), kCount + 1);
  EXPECT_TRUE(out.starts_with("x(1)\n├─x(2)\n├─x(3)\n"));
  EXPECT_TRUE(out.ends_with("├─x(100000)\n└─x(100001)\n"));
}

}  // namespace
}  // namespace proctree
