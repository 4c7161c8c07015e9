// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// The running processes that a command is about.
#pragma once

#include <vector>

#include "cli/filter_options.hpp"
#include "cli/process_view.hpp"
#include "proctree/error.hpp"

namespace proctree {

// All that run, and those of them that the filters choose, each once, in no particular order.
struct ChosenProcesses {
  ProcessView view;
  std::vector<Slot> chosen;
};

// `parts`: what is to be read of each; what the filters need is added. An error where a user or a pid that
// they name does not exist.
[[nodiscard]] Result<ChosenProcesses> choose_processes(const FilterOptions& filters, ProcParts parts);

}  // namespace proctree
