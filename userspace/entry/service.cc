// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// What a service manager executes for a unit: pid 1's children in the unit's cgroup, and those of a user's
// manager that is a unit itself. A cgroup's name alone says nothing, for a user may make cgroups below his
// own.
#include <algorithm>
#include <array>

#include "entry/candidate.hpp"
#include "entry/unit_name.hpp"

namespace proctree::entry {

namespace {

// A unit that a manager executes processes for; in a scope are such as others began.
bool is_executed(std::string_view unit) {
  using std::string_view_literals::operator""sv;
  constexpr std::array kExecuted = {".service"sv, ".socket"sv, ".mount"sv, ".swap"sv};
  return std::ranges::any_of(kExecuted, [unit](std::string_view end) { return unit.ends_with(end); });
}

}  // namespace

bool recognise_service(const Candidate& candidate, EntryFacts& entry) {
  if (!candidate.is_first) return false;
  const Place& place = *candidate.place;
  const bool of_manager = place.user_unit.empty() || place.user_unit == "init.scope";
  const bool of_system = candidate.of_init && of_manager && is_executed(place.unit);
  const bool of_user = candidate.of_user_manager && is_executed(place.user_unit);
  if (!of_system && !of_user) return false;
  const std::string_view unit = of_user ? place.user_unit : place.unit;
  // An orphan that the manager has taken in may have been anything's that isn't a service.
  if (candidate.of_reaper && !unit.ends_with(".service")) return false;
  entry.type = EntryType::service;
  entry.unit = place.unit;
  if (of_user) entry.user_unit = place.user_unit;
  if (is_of_connection(unit)) {
    entry.type = EntryType::socket;
    set_source_of(entry, unit);
  } else {
    entry.asked_by_pid = asked_by(unit);
  }
  return true;
}

}  // namespace proctree::entry
