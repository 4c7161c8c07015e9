// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// Which variables of an environment are reported (--env). Their values may be secrets: nothing but what these
// names match is retained.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "proctree/error.hpp"

namespace proctree {

// Bytes of an environment that are searched for them.
inline constexpr std::uint32_t kEnvMaxDefault = 4096;
inline constexpr std::uint32_t kEnvMaxMost = 16 * 1024;

class VariableNames {
 public:
  // A name, or the beginning of names: "PREFIX*".
  [[nodiscard]] Result<void> add(std::string_view pattern);
  [[nodiscard]] bool empty() const { return names_.empty() && prefixes_.empty(); }
  [[nodiscard]] bool match(std::string_view name) const;

 private:
  std::vector<std::string> names_;
  std::vector<std::string> prefixes_;
};

// Of one process.
inline constexpr std::size_t kVariablesMost = 256;

// Appends those of `environment` that match, each NAME=VALUE ended by NUL: the first where a name is given
// twice, and none that was cut. Returns whether there were more than kVariablesMost.
bool append_variables(std::string& out, std::string_view environment, const VariableNames& names);

// Calls `visit(name, value)` for each of such a list.
template <class Visit>
void for_each_variable(std::string_view list, Visit&& visit) {
  while (!list.empty()) {
    const std::string_view variable = list.substr(0, list.find('\0'));
    const std::size_t equals = variable.find('=');
    if (equals != std::string_view::npos) visit(variable.substr(0, equals), variable.substr(equals + 1));
    list.remove_prefix(std::min(list.size(), variable.size() + 1));
  }
}

}  // namespace proctree
