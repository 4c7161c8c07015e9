// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// What a program of ours does around its commands: reads the command line, runs the command, reports errors.
#pragma once

#include <span>

#include "cli/command_line.hpp"
#include "proctree/error.hpp"

namespace proctree {

// Returns the exit status; `words` are those of the command line.
using RunRequest = Result<int> (*)(const Request& request, std::span<const char* const> words);

[[nodiscard]] int run_program(int argc, char** argv, RunRequest run);

}  // namespace proctree
