// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// Which processes a command is about: the filters of all commands, and what they mean.
#pragma once

#include <string>
#include <vector>

#include "engine/filter.hpp"
#include "procfs/users.hpp"
#include "proctree/error.hpp"

namespace proctree {

struct FilterOptions {
  std::vector<std::string> comms;
  std::vector<std::string> not_comms;
  std::vector<std::string> exes;
  std::vector<std::string> not_exes;
  std::vector<std::string> users;      // names and numbers
  std::vector<std::string> under;      // names and pids
  std::vector<std::string> not_under;  // names and pids
  std::vector<std::string> containers;
  std::vector<std::string> units;
  std::vector<std::string> args;
  std::vector<EntryType> entries;
  bool failed = false;

  // Whether everything passes.
  [[nodiscard]] bool empty() const {
    const auto none = [](const auto&... lists) { return (lists.empty() && ...); };
    return none(comms, not_comms, exes, not_exes, users, under, not_under, containers, units, args,
                entries) &&
           !failed;
  }
  [[nodiscard]] bool needs_exe() const {
    return !exes.empty() || !not_exes.empty() || !under.empty() || !not_under.empty();
  }
  // Users by the names given: those of a recording.
  [[nodiscard]] Filter filter() const;
  // Users by number, looked up: in /etc/passwd, and once of the name service, whose names `users` then has.
  // An error where neither knows one.
  [[nodiscard]] Result<Filter> filter(UserNames& names) const;
};

}  // namespace proctree
