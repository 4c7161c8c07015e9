// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// What a launcher's arguments say that its children are asked about later.
#pragma once

#include <string>
#include <string_view>

#include "entry/launchers.hpp"

namespace proctree::entry {

// A supervisor's: the service's name. A runtime's: its arguments. A bus helper's: the name on the bus. Empty:
// they say nothing, and what was known before stays.
[[nodiscard]] std::string note_of(LauncherId id, std::string_view args);

}  // namespace proctree::entry
