// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// A text for standard output.
#pragma once

#include <string_view>

#include "proctree/error.hpp"

namespace proctree {

// A reader that went away (`| head`) is an end, not a failure. Returns the exit status.
[[nodiscard]] Result<int> print(std::string_view text);

}  // namespace proctree
