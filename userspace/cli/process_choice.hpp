// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// Which of the running processes a command is asked about: by user, and by what they descend from.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "cli/process_view.hpp"
#include "tree/table_forest.hpp"

namespace proctree {

struct ProcessChoice {
  std::vector<std::string> users;  // names and numbers
  std::vector<std::string> under;  // names and pids
};

// The numbers of these users; an error where one is none and /etc/passwd doesn't know it.
[[nodiscard]] Result<std::vector<std::uint32_t>> uids_of(const std::vector<std::string>& names,
                                                         const UserNames& users);

// The processes that match both kinds of filter (all, where there is none), each once, in no particular
// order. An error where a user or a pid named does not exist.
[[nodiscard]] Result<std::vector<Slot>> choose_processes(const ProcessChoice& choice, ProcessView& view,
                                                         const TableForest& forest);

}  // namespace proctree
