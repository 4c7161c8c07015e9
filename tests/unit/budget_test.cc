// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// What gives way when the table may take no more memory, and in which order.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tree/table.hpp"

namespace proctree {
namespace {

constexpr std::size_t kBudget = 4 << 20;

class BudgetTest : public testing::Test {
 protected:
  BudgetTest() {
    init_ = table_.insert({1, 1}, kNoSlot, Edge::snapshot);
    table_.set_root(init_);
    table_.set_image(init_, {"init", "/sbin/init", 1});
  }
  // A living child of `creator`, with an image of its own of about `size` bytes.
  Slot add(Slot creator, std::size_t size = 0) {
    ++number_;
    const Slot slot = table_.insert({number_, number_}, creator, Edge::observed);
    if (size != 0) table_.set_image(slot, {"x", std::string(size, '/') + std::to_string(number_), number_});
    table_.enforce_budget();
    return slot;
  }
  void end(Slot slot) { table_.mark_exited(slot, 1); }
  [[nodiscard]] bool is_here(std::uint32_t pid) const { return table_.find(pid) != kNoSlot; }

  ProcessTable table_{{.exited_max = 1 << 30, .ttl_s = 0, .bytes_max = kBudget}};
  Slot init_ = kNoSlot;
  std::uint32_t number_ = 1;
};

TEST_F(BudgetTest, ReportsRoughlyWhatItTakes) {
  const std::size_t before = table_.bytes();
  for (int i = 0; i < 100; ++i) add(init_, 4000);
  EXPECT_GT(table_.bytes(), before + 100 * 4000);
  EXPECT_LT(table_.bytes(), before + 100 * 4500);
}

// However long the names, and whatever the number.
TEST_F(BudgetTest, HistoryGoesFirstAndOldestFirst) {
  const Slot shell = add(init_, 20);
  for (std::uint32_t i = 0; i < 100'000; ++i) {
    end(add(shell, i % 4096));
    ASSERT_LE(table_.bytes(), kBudget);
  }
  const EvictionCounts& gave = table_.evictions();
  EXPECT_GT(gave.history, 90'000U);
  EXPECT_EQ(gave.folded + gave.details + gave.ancestors + gave.living, 0U);
  EXPECT_TRUE(is_here(table_[shell].pid));
  EXPECT_TRUE(is_here(number_));
  EXPECT_FALSE(is_here(3));
}

TEST_F(BudgetTest, LinesAreFoldedBeforeDetailsGo) {
  // Many lines of ended ancestors, each too short to be folded by itself.
  std::vector<Slot> living;
  for (int line = 0; line < 100; ++line) {
    Slot last = add(init_, 10);
    for (int i = 0; i < 500; ++i) {
      const Slot next = add(last);
      end(last);
      last = next;
    }
    living.push_back(table_[last].pid);
    ASSERT_LE(table_.bytes(), kBudget);
  }
  const EvictionCounts& gave = table_.evictions();
  EXPECT_GT(gave.folded, 10'000U);
  EXPECT_EQ(gave.details + gave.ancestors + gave.living, 0U);
  for (const std::uint32_t pid : living) {
    Slot slot = table_.find(pid);
    ASSERT_NE(slot, kNoSlot);
    while (table_[slot].creator != kNoSlot) slot = table_[slot].creator;
    EXPECT_EQ(slot, init_) << "the line of " << pid << " is broken";
  }
}

TEST_F(BudgetTest, DetailsOfTheEndedGoBeforeAncestors) {
  std::vector<std::uint32_t> living;
  for (int i = 0; i < 2000; ++i) {
    const Slot creator = add(init_, 4000);
    living.push_back(table_[add(creator)].pid);
    table_.set_image(table_.find(living.back()), {"child", "/bin/child", 7});
    end(creator);
    table_.enforce_budget();
    ASSERT_LE(table_.bytes(), kBudget);
  }
  const EvictionCounts& gave = table_.evictions();
  EXPECT_GT(gave.details, 500U);
  EXPECT_EQ(gave.ancestors + gave.living, 0U);
  for (const std::uint32_t pid : living) {
    const Slot slot = table_.find(pid);
    EXPECT_EQ(table_.comm(slot), "child");
    EXPECT_EQ(table_.comm(table_[slot].creator), "x");
    EXPECT_EQ(table_[table_[slot].creator].creator, init_);
  }
}

TEST_F(BudgetTest, EndedAncestorsGoBeforeWhatLives) {
  std::vector<std::uint32_t> living;
  for (int i = 0; i < 25'000; ++i) {
    const Slot creator = add(init_);
    const Slot child = add(creator);
    living.push_back(table_[child].pid);
    end(creator);
    table_.enforce_budget();
    ASSERT_LE(table_.bytes(), kBudget);
  }
  const EvictionCounts& gave = table_.evictions();
  EXPECT_GT(gave.ancestors, 0U);
  EXPECT_EQ(gave.living, 0U);
  std::size_t cut = 0;
  for (const std::uint32_t pid : living) {
    const Slot slot = table_.find(pid);
    ASSERT_NE(slot, kNoSlot);
    if (table_[slot].creator != kNoSlot) continue;
    ++cut;
    EXPECT_EQ(table_[slot].edge, Edge::inferred);
    EXPECT_EQ(table_[slot].creator_pid, pid - 1);
  }
  EXPECT_EQ(cut, gave.ancestors);
}

TEST_F(BudgetTest, LivingProcessesGoLast) {
  for (int i = 0; i < 100'000; ++i) {
    add(init_);
    ASSERT_LE(table_.bytes(), kBudget);
  }
  EXPECT_GT(table_.evictions().living, 50'000U);
  EXPECT_TRUE(is_here(1));
}

}  // namespace
}  // namespace proctree
