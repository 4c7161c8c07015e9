// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "base/decimal.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <limits>
#include <random>
#include <string>

namespace proctree {
namespace {

template <class T>
std::string decimal_of(T number) {
  std::string digits(kDecimalRoom + 1, '#');
  const char* end = put_decimal(digits.data(), number);
  EXPECT_EQ(digits.back(), '#') << "no room was promised there";
  return digits.substr(0, static_cast<std::size_t>(end - digits.data()));
}

TEST(Decimal, IsRightAtEachNumberOfDigits) {
  std::uint64_t power = 1;
  for (int digits = 0; digits < 20; ++digits, power *= 10) {
    for (const std::uint64_t number : {power - 1, power, power + 1, power * 9, power + power / 7})
      EXPECT_EQ(decimal_of(number), std::to_string(number));
  }
  EXPECT_EQ(decimal_of(std::numeric_limits<std::uint64_t>::max()), "18446744073709551615");
  EXPECT_EQ(decimal_of(std::numeric_limits<std::uint32_t>::max()), "4294967295");
}

TEST(Decimal, HasASignWhereTheNumberHas) {
  EXPECT_EQ(decimal_of(std::numeric_limits<std::int64_t>::min()), "-9223372036854775808");
  EXPECT_EQ(decimal_of(std::numeric_limits<std::int64_t>::max()), "9223372036854775807");
  EXPECT_EQ(decimal_of(std::numeric_limits<std::int32_t>::min()), "-2147483648");
  EXPECT_EQ(decimal_of(std::int8_t{-100}), "-100");
  EXPECT_EQ(decimal_of(-1), "-1");
  EXPECT_EQ(decimal_of(0), "0");
}

TEST(Decimal, IsRightOfAnyNumber) {
  std::mt19937_64 random(1);
  for (int i = 0; i < 100'000; ++i) {
    const std::uint64_t number = random() >> (random() % 64);
    ASSERT_EQ(decimal_of(number), std::to_string(number));
    ASSERT_EQ(decimal_of(static_cast<std::int64_t>(number)),
              std::to_string(static_cast<std::int64_t>(number)));
  }
}

}  // namespace
}  // namespace proctree
