// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// Which options of `ship` can't go together, and which places beyond this host are none.
#pragma once

#include <string>

#include "cli/commands.hpp"

namespace proctree {

// What is wrong with them; empty: nothing.
[[nodiscard]] std::string no_effect(const ShipOptions& options);

// What is wrong with the place that the option names; empty: nothing, or it is on this host.
[[nodiscard]] std::string wrong_address(const std::string& option, const std::string& where);

}  // namespace proctree
