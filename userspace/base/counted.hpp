// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// Numbers of things in messages.
#pragma once

#include <cstdint>
#include <string>

namespace proctree {

// "1 exec", "2 execs"; "2 processes" where `many` is given.
inline std::string counted(std::uint64_t count, const char* one, const char* many = nullptr) {
  std::string text = std::to_string(count) + ' ';
  if (count == 1) return text + one;
  return many != nullptr ? text + many : text + one + 's';
}

}  // namespace proctree
