// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// The services of runit, s6, daemontools, supervisord and OpenRC; and init scripts, which are services
// themselves.
#include "entry/arguments.hpp"
#include "entry/candidate.hpp"

namespace proctree::entry {

bool recognise_supervised(const Candidate& candidate, EntryFacts& entry) {
  if (launcher(candidate.becomes).kind == LauncherKind::init_script) {
    entry.type = EntryType::supervisor;
    entry.service = last_component(candidate.image->filename);
    return true;
  }
  if (candidate.kind() != LauncherKind::supervisor) return false;
  entry.type = EntryType::supervisor;
  entry.service = candidate.note;
  if (entry.service.empty()) entry.service = variable(candidate.environment, "SUPERVISOR_PROCESS_NAME");
  return true;
}

}  // namespace proctree::entry
