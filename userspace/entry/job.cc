// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// What cron's and atd's children execute.
#include "entry/arguments.hpp"
#include "entry/candidate.hpp"

namespace proctree::entry {

namespace {

// SHELL -c COMMAND, as cron executes a line of a crontab.
std::string_view command_of(std::string_view args) {
  return argument(args, 1) == "-c" ? argument(args, 2) : std::string_view{};
}

}  // namespace

bool recognise_job(const Candidate& candidate, EntryFacts& entry) {
  if (candidate.kind() == LauncherKind::cron) {
    entry.type = EntryType::cron;
    entry.job = command_of(candidate.image->args);
    return true;
  }
  if (candidate.kind() != LauncherKind::at) return false;
  entry.type = EntryType::at;
  return true;
}

}  // namespace proctree::entry
