// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// Decimal digits, two at a time from a table. Every line is a dozen numbers of up to 20 digits, of which
// std::to_chars() first counts the digits and then divides once for every two of the whole number.
#pragma once

#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>

namespace proctree {

inline constexpr std::size_t kDecimalRoom = 20;  // of 2^64 - 1, and of -2^63

namespace decimal {

inline constexpr std::uint32_t kEightDigits = 100'000'000;

inline constexpr std::array<char, 200> kPairs = [] {
  std::array<char, 200> pairs{};
  for (std::size_t i = 0; i < 100; ++i) {
    pairs[2 * i] = static_cast<char>('0' + i / 10);
    pairs[2 * i + 1] = static_cast<char>('0' + i % 10);
  }
  return pairs;
}();

inline void put_pair(char* at, std::uint32_t below_100) { std::memcpy(at, &kPairs[2 * below_100], 2); }

}  // namespace decimal

// All eight digits of a number below 10^8.
inline void put_eight_digits(char* at, std::uint32_t number) {
  const std::uint32_t high = number / 10'000;
  const std::uint32_t low = number % 10'000;
  decimal::put_pair(at, high / 100);
  decimal::put_pair(at + 2, high % 100);
  decimal::put_pair(at + 4, low / 100);
  decimal::put_pair(at + 6, low % 100);
}

namespace decimal {

// Of numbers below 10^2, 10^4 and 10^8, without leading zeros. Return the end.
inline char* put_up_to_two(char* at, std::uint32_t number) {
  if (number < 10) {
    *at = static_cast<char>('0' + number);
    return at + 1;
  }
  put_pair(at, number);
  return at + 2;
}
inline char* put_up_to_four(char* at, std::uint32_t number) {
  if (number >= 100) {
    at = put_up_to_two(at, number / 100);
    put_pair(at, number % 100);
    return at + 2;
  }
  return put_up_to_two(at, number);
}
inline char* put_up_to_eight(char* at, std::uint32_t number) {
  if (number < 10'000) return put_up_to_four(at, number);
  at = put_up_to_four(at, number / 10'000);
  put_pair(at, number % 10'000 / 100);
  put_pair(at + 2, number % 100);
  return at + 4;
}

}  // namespace decimal

// `at` has kDecimalRoom bytes of room. Returns the end.
template <std::integral T>
char* put_decimal(char* at, T number) {
  auto rest = static_cast<std::uint64_t>(number);
  if constexpr (std::signed_integral<T>) {
    if (number < 0) {
      *at++ = '-';
      rest = 0 - rest;
    }
  }
  if (rest < decimal::kEightDigits) return decimal::put_up_to_eight(at, static_cast<std::uint32_t>(rest));
  std::uint64_t high = rest / decimal::kEightDigits;
  if (high >= decimal::kEightDigits) {
    at = decimal::put_up_to_eight(at, static_cast<std::uint32_t>(high / decimal::kEightDigits));
    put_eight_digits(at, static_cast<std::uint32_t>(high % decimal::kEightDigits));
    at += 8;
  } else {
    at = decimal::put_up_to_eight(at, static_cast<std::uint32_t>(high));
  }
  put_eight_digits(at, static_cast<std::uint32_t>(rest % decimal::kEightDigits));
  return at + 8;
}

}  // namespace proctree
