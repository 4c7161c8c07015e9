// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// Lists of strings that are each ended by NUL: arguments, environments.
#pragma once

#include <cstddef>
#include <string_view>

#include "base/parse_text.hpp"

namespace proctree::entry {

// The argument of this number; empty where there are fewer.
[[nodiscard]] inline std::string_view argument(std::string_view args, std::size_t number) {
  for (; number != 0 && !args.empty(); --number) take_until(args, '\0');
  return take_until(args, '\0');
}

[[nodiscard]] inline bool has_argument(std::string_view args, std::string_view wanted) {
  return has_field(args, '\0', wanted);
}

[[nodiscard]] inline std::string_view last_component(std::string_view path) {
  while (path.size() > 1 && path.ends_with('/')) path.remove_suffix(1);
  return path.substr(path.rfind('/') + 1);
}

// Of an environment: the first of that name counts.
[[nodiscard]] inline std::string_view variable(std::string_view environment, std::string_view name) {
  while (!environment.empty()) {
    std::string_view entry = take_until(environment, '\0');
    if (entry.size() > name.size() && entry.starts_with(name) && entry[name.size()] == '=')
      return entry.substr(name.size() + 1);
  }
  return {};
}

}  // namespace proctree::entry
