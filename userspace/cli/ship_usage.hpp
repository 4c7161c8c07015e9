// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// Which options of `ship` can't go together.
#pragma once

#include <string>

#include "cli/commands.hpp"

namespace proctree {

// What is wrong with them; empty: nothing.
[[nodiscard]] std::string no_effect(const ShipOptions& options);

}  // namespace proctree
