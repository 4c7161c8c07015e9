// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// What a cgroup's path says of a process: unit and container.
#pragma once

#include <array>
#include <string>
#include <string_view>

#include "proctree/facts.hpp"
#include "tree/container.hpp"

namespace proctree {

struct Place {
  std::string_view unit;       // of the system's manager; empty: none
  std::string_view user_unit;  // of a user's
  Container container;
};

// Reads each path once: most processes are in the same few cgroups, and the forms of containers are many.
class Places {
 public:
  // Its views are valid until the next call.
  [[nodiscard]] const Place& of(const TaskFacts& task);

 private:
  struct Known {
    std::string cgroup;
    bool truncated = false;
    Place place;
  };
  std::array<Known, 64> known_;  // each where its path's hash leads
};

}  // namespace proctree
