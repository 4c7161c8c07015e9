// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "source/bpf/cgroup_hierarchy.hpp"

#include <array>

#include "base/parse_text.hpp"

namespace proctree {

namespace {

// In a line of /proc/self/cgroup ("4:memory:/docker/…"): that of v2 lists none.
bool on_v1(std::string_view cgroups, std::string_view controller) {
  while (!cgroups.empty()) {
    std::string_view line = take_until(cgroups, '\n');
    const std::size_t number = line.find(':');
    if (number == std::string_view::npos) continue;
    line.remove_prefix(number + 1);
    if (has_field(line.substr(0, line.find(':')), ',', controller)) return true;
  }
  return false;
}

}  // namespace

std::string_view cgroup_v1_controller(std::string_view cgroups) {
  // In the order of how surely a container runtime makes a group there.
  static constexpr std::array<std::string_view, 5> kControllers = {"memory", "pids", "devices", "cpu",
                                                                   "freezer"};
  for (const std::string_view controller : kControllers) {
    if (on_v1(cgroups, controller)) return controller;
  }
  return {};
}

std::string cgroup_subsys_enum(std::string_view controller) { return std::string(controller) + "_cgrp_id"; }

}  // namespace proctree
