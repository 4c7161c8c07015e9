// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "tree/unit.hpp"

#include <algorithm>
#include <array>
#include <optional>

#include "base/parse_text.hpp"

namespace proctree {

namespace {

using std::string_view_literals::operator""sv;

constexpr std::size_t kUnitMost = 255;

// The units that have processes. Slices only hold others.
constexpr std::array kTypes = {".service"sv, ".scope"sv, ".socket"sv, ".mount"sv, ".swap"sv};

// systemd puts a `_` before a name that the kernel could take for a file of its own.
std::string_view unescaped(std::string_view component) {
  if (component.starts_with('_')) component.remove_prefix(1);
  return component;
}

bool is_unit_char(char c) {
  const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
  return letter || ":-_.\\@"sv.find(c) != std::string_view::npos;
}

// With one of these types, or as a slice.
bool is_unit(std::string_view name, std::string_view type) {
  return name.ends_with(type) && name.size() > type.size() && name.size() <= kUnitMost && name[0] != '@' &&
         std::ranges::all_of(name, is_unit_char);
}
bool is_unit(std::string_view name) {
  return std::ranges::any_of(kTypes, [name](std::string_view type) { return is_unit(name, type); });
}

bool is_user_manager(std::string_view unit) {
  constexpr auto kBefore = "user@"sv;
  constexpr auto kAfter = ".service"sv;
  if (!unit.starts_with(kBefore) || !unit.ends_with(kAfter)) return false;
  unit.remove_prefix(kBefore.size());
  unit.remove_suffix(std::min(unit.size(), kAfter.size()));
  return is_digits(unit);
}

// Takes the first component off a path that begins with a slash; none: there is no further one.
std::optional<std::string_view> take_component(std::string_view& path) {
  if (!path.starts_with('/') || path.size() == 1) return std::nullopt;
  path.remove_prefix(1);
  const std::string_view component = path.substr(0, path.find('/'));
  path.remove_prefix(component.size());
  return component;
}

}  // namespace

Units units_of(std::string_view cgroup, bool truncated) {
  Units units;
  auto component = take_component(cgroup);
  while (component && is_unit(unescaped(*component), ".slice")) component = take_component(cgroup);
  if (!component || !is_unit(unescaped(*component))) return units;
  // The last component of a truncated path may be the first half of another name.
  if (truncated && cgroup.empty()) return units;
  units.unit = unescaped(*component);
  if (truncated || !is_user_manager(units.unit)) return units;
  while ((component = take_component(cgroup))) {
    if (const auto name = unescaped(*component); is_unit(name)) units.user_unit = name;
  }
  return units;
}

}  // namespace proctree
