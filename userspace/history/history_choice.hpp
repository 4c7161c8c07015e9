// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// Which processes of a store a question is about.
#pragma once

#include <string>
#include <vector>

#include "proctree/entry.hpp"

namespace proctree {

// Of one kind any must match, of different kinds all, at one image. Names are shell patterns.
struct HistoryChoice {
  std::string host = {};
  std::vector<std::string> comms = {};
  std::vector<std::string> exes = {};
  std::vector<std::string> users = {};
  std::vector<std::string> under = {};  // names, pids or ids
  std::vector<std::string> containers = {};
  std::vector<EntryType> entries = {};
  bool failed = false;

  [[nodiscard]] bool is_all() const {
    return comms.empty() && exes.empty() && users.empty() && under.empty() && containers.empty() &&
           entries.empty() && !failed;
  }
};

}  // namespace proctree
