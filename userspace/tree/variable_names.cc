// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "tree/variable_names.hpp"

#include <algorithm>
#include <array>
#include <functional>

#include "base/parse_text.hpp"

namespace proctree {

Result<void> VariableNames::add(std::string_view pattern) {
  const bool prefix = pattern.ends_with('*');
  const std::string_view name = prefix ? pattern.substr(0, pattern.size() - 1) : pattern;
  // A control character is no part of a name that anyone gives on purpose.
  const bool is_odd = std::ranges::any_of(
      name, [](char c) { return c == '*' || c == '=' || c == '\x7f' || (c >= '\0' && c < ' '); });
  if (name.empty() || is_odd) {
    return fail(ErrorCode::invalid_argument,
                std::string(pattern) + " is neither a variable's name nor the beginning of one, PREFIX*");
  }
  (prefix ? prefixes_ : names_).emplace_back(name);
  return {};
}

bool VariableNames::match(std::string_view name) const {
  return std::ranges::find(names_, name) != names_.end() ||
         std::ranges::any_of(prefixes_, [name](const std::string& of) { return name.starts_with(of); });
}

bool append_variables(std::string& out, std::string_view environment, const VariableNames& names) {
  environment = environment.substr(0, environment.rfind('\0') + 1);
  const std::size_t begin = out.size();
  std::array<std::size_t, kVariablesMost> hashes;
  std::size_t count = 0;
  const auto is_repeated = [&](std::string_view name, std::size_t hash) {
    const auto end = hashes.begin() + static_cast<std::ptrdiff_t>(count);
    if (std::find(hashes.begin(), end, hash) == end) return false;
    bool repeated = false;
    for_each_variable(std::string_view(out).substr(begin),
                      [&](std::string_view before, std::string_view) { repeated |= before == name; });
    return repeated;
  };
  while (!environment.empty()) {
    const std::string_view variable = take_until(environment, '\0');
    const std::size_t equals = variable.find('=');
    if (equals == std::string_view::npos) continue;
    const std::string_view name = variable.substr(0, equals);
    if (!names.match(name)) continue;
    const std::size_t hash = std::hash<std::string_view>{}(name);
    if (is_repeated(name, hash)) continue;
    if (count == kVariablesMost) return true;
    hashes[count++] = hash;
    out.append(variable).push_back('\0');
  }
  return false;
}

}  // namespace proctree
