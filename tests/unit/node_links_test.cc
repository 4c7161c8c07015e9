// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// Counts of live children, runs of single-child ancestors and the order of start times, checked from first
// principles after each step of a random history: creators that have ended, that are found later, that come
// alive again.
#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <vector>

#include "tree/table.hpp"

namespace proctree {
namespace {

std::vector<Slot> used(const ProcessTable& table) {
  std::vector<Slot> slots;
  for (Slot slot = 0; slot < table.slot_end(); ++slot) {
    if (table[slot].used) slots.push_back(slot);
  }
  return slots;
}

void expect_order_without_cycles(const ProcessTable& table, const std::vector<Slot>& slots) {
  for (const Slot slot : slots) {
    const Slot creator = table[slot].creator;
    if (creator == kNoSlot) {
      ASSERT_FALSE(table[slot].misordered) << slot;
      continue;
    }
    ASSERT_EQ(table[slot].misordered, table[creator].start_ns / kTickNs > table[slot].start_ns / kTickNs);
    std::size_t steps = 0;
    for (Slot at = slot; at != kNoSlot && !table[at].closes_cycle; at = table[at].creator)
      ASSERT_LE(++steps, slots.size()) << "a cycle above " << slot;
  }
}

void expect_live_children(const ProcessTable& table, const std::vector<Slot>& slots) {
  std::vector<std::uint32_t> live_children(table.slot_end());
  std::vector<Slot> live_children_xor(table.slot_end());
  for (const Slot slot : slots) {
    const Node& node = table[slot];
    if (node.creator == kNoSlot || node.closes_cycle || !node.retained()) continue;
    ++live_children[node.creator];
    live_children_xor[node.creator] ^= slot;
  }
  for (const Slot slot : slots) {
    const Node& node = table[slot];
    ASSERT_EQ(node.live_children, live_children[slot]) << slot;
    ASSERT_EQ(node.live_children_xor, live_children_xor[slot]) << slot;
    ASSERT_EQ(node.in_run, node.exited && node.live_children == 1) << slot;
  }
}

void expect_runs(const ProcessTable& table, const std::vector<Slot>& slots) {
  const auto link_above = [&table](Slot slot) {
    const Node& node = table[slot];
    return node.creator != kNoSlot && !node.closes_cycle && table[node.creator].in_run ? node.creator
                                                                                       : kNoSlot;
  };
  for (const Slot oldest : slots) {
    if (!table[oldest].in_run || link_above(oldest) != kNoSlot) continue;
    Slot newest = oldest;
    std::uint32_t length = 1;
    for (; table[table[newest].live_children_xor].in_run; newest = table[newest].live_children_xor) ++length;
    ASSERT_EQ(table[oldest].run_length, length);
    ASSERT_EQ(table[newest].run_length, length);
    ASSERT_EQ(table[oldest].run_end, newest);
    ASSERT_EQ(table[newest].run_end, oldest);
  }
}

class NodeLinksTest : public ::testing::TestWithParam<std::uint32_t> {
 protected:
  std::uint32_t pick(std::uint32_t below) { return static_cast<std::uint32_t>(random_() % below); }
  Slot any() {
    const std::vector<Slot> slots = used(table_);
    return slots[pick(static_cast<std::uint32_t>(slots.size()))];
  }
  // Now and then one that began before its creator, if its key is to be believed.
  ProcKey next_key() {
    const std::uint64_t start = ++now_;
    return {2 + pick(40), (misorder_ && pick(16) == 0 ? start / 2 : start) * (kTickNs / 4)};
  }

  void step() {
    const Slot at = any();
    switch (pick(12)) {
      case 0:
      case 1:
      case 2:
        table_.set_image(table_.insert(next_key(), at, Edge::observed), {"a", "/a", now_});
        break;
      case 3: {  // a creator that its children name
        const Slot placeholder = table_.insert_placeholder(next_key());
        table_.insert(next_key(), placeholder, Edge::inferred);
        break;
      }
      case 4:
        if (table_[at].exited && table_[at].image == kNoImage) table_.resurrect(at);
        break;
      case 5:
        table_.set_creator(at, any(), Edge::inferred);
        break;
      case 6: {
        const Slot creator = any();
        table_.set_any_creator(at, creator, table_[creator].pid);
        break;
      }
      case 7:
        table_.expire(now_);
        break;
      case 8:
        table_.compact_runs();
        break;
      case 9:
        if (misorder_) table_.refine_start(at, table_[at].start_ns + pick(2) * 2 * kTickNs);
        break;
      default:
        if (!table_[at].root) table_.mark_exited(at, ++now_);
    }
  }

  static Retention small() {
    Retention retention;
    retention.exited_max = 16;
    retention.run_max = 6;
    return retention;
  }
  ProcessTable table_{small()};
  std::mt19937 random_{GetParam()};
  const bool misorder_ = GetParam() % 2 == 0;
  std::uint64_t now_ = 1;
};

TEST_P(NodeLinksTest, HoldsWhatItSaysOfItselfThroughAnyHistory) {
  const Slot init = table_.insert({1, 1}, kNoSlot, Edge::snapshot);
  table_.set_root(init);
  table_.set_image(init, {"init", "/sbin/init", 1});
  std::uint32_t longest = 0;
  for (int i = 0; i < 3000; ++i) {
    step();
    const std::vector<Slot> slots = used(table_);
    ASSERT_NO_FATAL_FAILURE(expect_live_children(table_, slots)) << "step " << i;
    ASSERT_NO_FATAL_FAILURE(expect_order_without_cycles(table_, slots)) << "step " << i;
    ASSERT_NO_FATAL_FAILURE(expect_runs(table_, slots)) << "step " << i;
    for (const Slot slot : slots)
      longest = std::max(longest, table_[slot].in_run ? table_[slot].run_length : 0);
  }
  EXPECT_GE(longest, 3U) << "there was little to get wrong";
}

INSTANTIATE_TEST_SUITE_P(Histories, NodeLinksTest, ::testing::Range(1U, 21U));

}  // namespace
}  // namespace proctree
