// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "entry/place.hpp"

#include <algorithm>
#include <array>

#include "base/parse_text.hpp"

namespace proctree::entry {

namespace {

using std::string_view_literals::operator""sv;

bool ends_as_one_of(std::string_view text, auto endings) {
  return std::ranges::any_of(
      endings, [&](std::string_view end) { return text.size() > end.size() && text.ends_with(end); });
}

constexpr std::array kExecuted = {".service"sv, ".socket"sv, ".mount"sv, ".swap"sv};

bool is_unit(std::string_view component) {
  return is_executed(component) || ends_as_one_of(component, std::array{".scope"sv});
}

}  // namespace

bool is_executed(std::string_view unit) { return ends_as_one_of(unit, kExecuted); }

Place place_of(std::string_view cgroup) {
  Place place;
  place.container = container_of(cgroup);
  if (!cgroup.starts_with('/')) return place;  // its root side is missing
  cgroup.remove_prefix(1);
  bool of_user = false;
  while (!cgroup.empty()) {
    const std::string_view component = take_until(cgroup, '/');
    if (!is_unit(component)) continue;
    if (place.unit.empty()) {
      place.unit = component;
      of_user = component.starts_with("user@") && component.ends_with(".service");
    } else if (of_user) {
      place.user_unit = component;
    }
  }
  return place;
}

}  // namespace proctree::entry
