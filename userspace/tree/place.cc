// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "entry/place.hpp"

#include <algorithm>
#include <array>

#include "base/hash_index.hpp"

namespace proctree::entry {

bool is_executed(std::string_view unit) {
  using std::string_view_literals::operator""sv;
  constexpr std::array kExecuted = {".service"sv, ".socket"sv, ".mount"sv, ".swap"sv};
  return std::ranges::any_of(kExecuted, [unit](std::string_view end) { return unit.ends_with(end); });
}

const Place& Places::of(const TaskFacts& task) {
  Known& known = known_[hash_of(task.cgroup) % known_.size()];
  if (known.cgroup == task.cgroup && known.truncated == task.cgroup_truncated) return known.place;
  known.cgroup = task.cgroup;
  known.truncated = task.cgroup_truncated;
  const Units units = units_of(known.cgroup, known.truncated);
  known.place = {units.unit, units.user_unit, container_of(known.cgroup)};
  return known.place;
}

}  // namespace proctree::entry
