// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "source/bpf/cgroup_hierarchy.hpp"

#include <array>

namespace proctree {

namespace {

// In a line of /proc/cgroups ("memory\t4\t12\t1"): is `controller` on a v1 hierarchy and enabled?
bool on_v1(std::string_view cgroups, std::string_view controller) {
  while (!cgroups.empty()) {
    const std::string_view line = cgroups.substr(0, cgroups.find('\n'));
    cgroups.remove_prefix(line.size() == cgroups.size() ? line.size() : line.size() + 1);
    if (!line.starts_with(controller) || line.size() <= controller.size() || line[controller.size()] != '\t')
      continue;
    const std::string_view hierarchy = line.substr(controller.size() + 1);
    return !hierarchy.starts_with("0\t") && line.ends_with("\t1");
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
