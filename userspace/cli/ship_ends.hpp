// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// The ends of a shipping that are on this host.
#pragma once

#include <string>

#include "cli/shipping.hpp"

namespace proctree {

[[nodiscard]] ShipEnds local_ship_ends();

// By which a cursor knows its target again.
[[nodiscard]] std::string name_of_target(const std::string& to);

}  // namespace proctree
