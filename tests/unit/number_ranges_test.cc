// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// Ranges hold what a set of numbers holds, whatever the order they come in.
#include "base/number_ranges.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <iterator>
#include <limits>
#include <optional>
#include <random>
#include <set>

namespace proctree {
namespace {

std::set<std::uint64_t> numbers_of(const NumberRanges& ranges) {
  std::set<std::uint64_t> held;
  for (auto range = ranges.begin(); range != ranges.end(); ++range) {
    const bool is_apart = range == ranges.begin() || range->first > std::prev(range)->second + 1;
    EXPECT_TRUE(is_apart) << range->first;
    for (std::uint64_t number = range->first; number <= range->second; ++number) held.insert(number);
  }
  return held;
}

TEST(NumberRangesTest, HoldWhatASetHolds) {
  std::mt19937 random(1);
  NumberRanges ranges;
  std::set<std::uint64_t> numbers;
  for (int i = 0; i < 2000; ++i) {
    const std::uint64_t number = random() % 1000;
    const bool meets = numbers.contains(number + 1) || (number != 0 && numbers.contains(number - 1));
    const bool is_new = numbers.insert(number).second;
    EXPECT_EQ(add_number(ranges, number), !is_new ? Added::not_new : meets ? Added::joined : Added::apart);
  }
  EXPECT_EQ(numbers_of(ranges), numbers);
  for (std::uint64_t number = 0; number < 1001; ++number) {
    std::uint64_t last = number;
    while (numbers.contains(last + 1)) ++last;
    EXPECT_EQ(last_of_range(ranges, number), numbers.contains(number) ? std::optional(last) : std::nullopt);
  }
}

TEST(NumberRangesTest, TakeWholeRanges) {
  std::mt19937 random(2);
  for (int round = 0; round < 50; ++round) {
    NumberRanges ranges;
    std::set<std::uint64_t> numbers;
    for (int i = 0; i < 40; ++i) {
      const std::uint64_t first = random() % 300, last = first + random() % 12;
      add_range(ranges, first, last);
      for (std::uint64_t number = first; number <= last; ++number) numbers.insert(number);
      ASSERT_EQ(numbers_of(ranges), numbers);
    }
  }
}

TEST(NumberRangesTest, TakesTheGreatest) {
  constexpr std::uint64_t kGreatest = std::numeric_limits<std::uint64_t>::max();
  NumberRanges ranges;
  EXPECT_EQ(add_number(ranges, kGreatest), Added::apart);
  EXPECT_EQ(add_number(ranges, 0), Added::apart);
  EXPECT_EQ(add_number(ranges, kGreatest), Added::not_new);
  EXPECT_EQ(add_number(ranges, kGreatest - 1), Added::joined);
  add_range(ranges, kGreatest, kGreatest);
  add_range(ranges, 1, 5);
  EXPECT_EQ(ranges, (NumberRanges{{0, 5}, {kGreatest - 1, kGreatest}}));
  add_range(ranges, 0, kGreatest);
  EXPECT_EQ(ranges, (NumberRanges{{0, kGreatest}}));
}

}  // namespace
}  // namespace proctree
