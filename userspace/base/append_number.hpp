// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// Decimal numbers into a string that is being built.
#pragma once

#include <charconv>
#include <concepts>
#include <cstddef>
#include <string>

namespace proctree {

template <std::integral T>
void append_number(std::string& out, T number) {
  char digits[20];  // of 2^64 - 1, and of -2^63
  const char* end = std::to_chars(digits, digits + sizeof digits, number).ptr;
  out.append(digits, static_cast<std::size_t>(end - digits));
}

}  // namespace proctree
