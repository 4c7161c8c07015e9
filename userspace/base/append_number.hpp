// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// Decimal numbers into a string that is being built.
#pragma once

#include <concepts>
#include <cstddef>
#include <string>

#include "base/decimal.hpp"

namespace proctree {

template <std::integral T>
void append_number(std::string& out, T number) {
  char digits[kDecimalRoom];
  const char* end = put_decimal(digits, number);
  out.append(digits, static_cast<std::size_t>(end - digits));
}

}  // namespace proctree
