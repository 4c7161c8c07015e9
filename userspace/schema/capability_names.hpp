// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// Sets of capabilities by the names of capabilities(7).
#pragma once

#include <string_view>

#include "base/json.hpp"

namespace proctree::schema {

// An array of names; of a bit without one its number. `hex`: as /proc/PID/status has it.
void put_capabilities(JsonWriter& json, std::string_view hex);

}  // namespace proctree::schema
