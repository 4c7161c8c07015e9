// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// What the filters name and no running process has: a typing error, or still to come.
#pragma once

#include <string>

#include "cli/filter_options.hpp"
#include "tree/table.hpp"

namespace proctree {

// One line for people; empty: all is there.
[[nodiscard]] std::string still_to_come(const FilterOptions& options, const ProcessTable& running);

}  // namespace proctree
