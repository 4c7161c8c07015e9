// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// What a cgroup's path says of a process: unit and container.
#pragma once

#include <string_view>

#include "proctree/facts.hpp"
#include "tree/container.hpp"
#include "tree/unit.hpp"

namespace proctree::entry {

struct Place {
  std::string_view unit;       // of the system's manager; empty: none
  std::string_view user_unit;  // of a user's
  Container container;
};

// Valid as long as the task's cgroup is.
[[nodiscard]] Place place_of(const TaskFacts& task);

// A unit that a manager executes processes for; in a scope are such as others began.
[[nodiscard]] bool is_executed(std::string_view unit);

}  // namespace proctree::entry
