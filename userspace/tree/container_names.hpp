// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// The name and the image of a process's container, from the arguments of the runtime that it descends from.
#pragma once

#include <string_view>

#include "tree/table.hpp"

namespace proctree {

struct ContainerNames {
  std::string_view name;
  std::string_view image;
};

// Of the container `id` that the process is in; empty where no ancestor of it says them.
[[nodiscard]] ContainerNames container_names(const ProcessTable& table, Slot slot, std::string_view id);

}  // namespace proctree
