// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// What login, or the part of a display manager that opens a session, starts on a console.
#include "entry/arguments.hpp"
#include "entry/candidate.hpp"

namespace proctree::entry {

bool recognise_login(const Candidate& candidate, EntryFacts& entry) {
  if (candidate.kind() != LauncherKind::login) return false;
  // Itself lightdm starts X servers and scripts; sessions, a greeter's too, by a step of its own.
  if (launcher(candidate.launcher).notes && !has_argument(candidate.note, "--session-child")) return false;
  entry.type = EntryType::login;
  entry.tty = candidate.task->tty;
  return true;
}

}  // namespace proctree::entry
