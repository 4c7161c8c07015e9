// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// Which cgroup of a process is reported: every process has one in each hierarchy.
#pragma once

#include <string>
#include <string_view>

namespace proctree {

// The name of the cgroup v1 controller whose hierarchy distinguishes containers and services on this host,
// for processes in v2's root; empty where v2 has all controllers. `cgroups` is the text of /proc/self/cgroup,
// which has a line for each hierarchy (/proc/cgroups has the same, but kernels since 7.3 log who reads it).
[[nodiscard]] std::string_view cgroup_v1_controller(std::string_view cgroups);

// The kernel's enum name for a controller ("memory_cgrp_id").
[[nodiscard]] std::string cgroup_subsys_enum(std::string_view controller);

}  // namespace proctree
