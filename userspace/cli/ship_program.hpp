// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// The program that speaks to networks, which this one executes where a command names an address.
#pragma once

#include <span>

#include "cli/command_line.hpp"
#include "proctree/error.hpp"

namespace proctree {

[[nodiscard]] bool needs_ship_program(const Request& request);

// Becomes it, with these words; returns only where it can't.
[[nodiscard]] Result<int> execute_ship_program(std::span<const char* const> words);

}  // namespace proctree
