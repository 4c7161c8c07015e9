// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// Below sshd, the first program that isn't its own: a shell, a forced command, sftp-server, scp's other end.
#include "base/parse_text.hpp"
#include "entry/address.hpp"
#include "entry/arguments.hpp"
#include "entry/candidate.hpp"

namespace proctree::entry {

bool recognise_ssh(const Candidate& candidate, EntryFacts& entry) {
  if (candidate.kind() != LauncherKind::ssh) return false;
  entry.type = EntryType::ssh;
  entry.tty = candidate.task->tty;
  // CLIENT PORT SERVER PORT; "UNKNOWN 65535 …" where sshd -i was given no socket.
  Words connection(variable(candidate.environment, "SSH_CONNECTION"));
  const std::string_view address = connection.next();
  set_source(entry, address, connection.next());
  return true;
}

}  // namespace proctree::entry
