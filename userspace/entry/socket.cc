// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// What inetd, xinetd, socat or systemd-socket-activate starts for a connection. (Per-connection units are the
// service manager's: service.cc.)
#include "entry/address.hpp"
#include "entry/arguments.hpp"
#include "entry/candidate.hpp"

namespace proctree::entry {

bool recognise_socket(const Candidate& candidate, EntryFacts& entry) {
  if (candidate.kind() != LauncherKind::inet) return false;
  entry.type = EntryType::socket;
  struct Pair {
    std::string_view address;
    std::string_view port;
  };
  // Of systemd-socket-activate, xinetd, socat.
  for (const Pair& names : {Pair{"REMOTE_ADDR", "REMOTE_PORT"}, Pair{"REMOTE_HOST", "REMOTE_PORT"},
                            Pair{"SOCAT_PEERADDR", "SOCAT_PEERPORT"}}) {
    const std::string_view address = variable(candidate.environment, names.address);
    if (entry.source_ip.empty() && !address.empty())
      set_source(entry, address, variable(candidate.environment, names.port));
  }
  return true;
}

}  // namespace proctree::entry
