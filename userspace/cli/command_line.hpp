// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// The words of a command line, and what they ask for.
#pragma once

#include <span>
#include <string>
#include <variant>

#include "cli/commands.hpp"
#include "proctree/error.hpp"

namespace proctree {

// --help and --version.
struct ShownText {
  std::string text;
};

using Request =
    std::variant<ShownText, TraceOptions, RunOptions, ReplayCommandOptions, TreeOptions, ChainOptions,
                 FindOptions, WhyOptions, ShipOptions, HistoryOptions, DoctorOptions>;

// `words` without the program's own name. Wrong usage is ErrorCode::invalid_argument.
[[nodiscard]] Result<Request> read_command_line(std::span<const char* const> words);

}  // namespace proctree
