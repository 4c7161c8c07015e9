// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "entry/place.hpp"

#include <algorithm>
#include <array>

namespace proctree::entry {

bool is_executed(std::string_view unit) {
  using std::string_view_literals::operator""sv;
  constexpr std::array kExecuted = {".service"sv, ".socket"sv, ".mount"sv, ".swap"sv};
  return std::ranges::any_of(kExecuted, [unit](std::string_view end) { return unit.ends_with(end); });
}

Place place_of(const TaskFacts& task) {
  const Units units = units_of(task.cgroup, task.cgroup_truncated);
  return {units.unit, units.user_unit, container_of(task.cgroup)};
}

}  // namespace proctree::entry
