// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// Which options of a command can't go together.
#pragma once

#include <string>

#include "cli/commands.hpp"

namespace proctree {

// Which option can't do anything beside the others, and why; empty: none.
[[nodiscard]] std::string no_effect(const TraceOptions& options);
[[nodiscard]] std::string no_effect(const RunOptions& options);
[[nodiscard]] std::string no_effect(const ReplayCommandOptions& options);
[[nodiscard]] std::string no_effect(const TreeOptions& options);
[[nodiscard]] std::string no_effect(const HistoryOptions& options);
[[nodiscard]] inline std::string no_effect(const auto&) { return ""; }

}  // namespace proctree
