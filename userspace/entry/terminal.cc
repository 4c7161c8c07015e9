// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// A session leader on a pseudo terminal that its creator isn't in: below a terminal emulator, tmux, screen,
// script. Anybody may make one, and there it began. Those of sudo and the like are its caller's.
#include "entry/candidate.hpp"

namespace proctree::entry {

bool recognise_terminal(const Candidate& candidate, EntryFacts& entry) {
  const TaskFacts& task = *candidate.task;
  if (task.sid != task.self.pid || !task.tty.starts_with("pts/") || candidate.had_terminal) return false;
  if (candidate.of_reaper || candidate.kind() == LauncherKind::privilege) return false;
  entry.type = EntryType::terminal;
  entry.tty = task.tty;
  entry.server = candidate.creator;
  entry.server_comm = candidate.creator_comm;
  return true;
}

}  // namespace proctree::entry
