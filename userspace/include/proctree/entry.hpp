// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// Where a process's line of creators came into this host's own hands: an ssh session, a cron job, a unit of
// the service manager. It is learnt from lineage and from the launchers' files, never from a name.
#pragma once

#include <cstdint>
#include <string_view>

#include "proctree/cxx20.hpp"  // first: what follows takes it
#include "proctree/export.h"
#include "proctree/facts.hpp"

namespace proctree {

enum class EntryType : std::uint8_t {
  unknown,     // the line isn't known up to any of these
  ssh,         // an sshd session's first program
  login,       // a login on a console
  terminal,    // a session leader on a pseudo terminal
  cron,        // a job of cron's
  at,          // a job of atd's
  service,     // a unit's process
  socket,      // a connection's server
  dbus,        // activated by a bus
  container,   // a container's first process, or one that was executed into it
  kernel,      // started by the kernel
  supervisor,  // a service of runit's, s6's and the like
  init,        // what pid 1, or a fork of it, executes else
};

// "ssh", "login", …: as `entry.type` in the audit stream.
[[nodiscard]] PROCTREE_EXPORT std::string_view name_of(EntryType type) noexcept;

// Strings are empty and numbers 0 where they aren't known, or where the type has none.
struct EntryFacts {
  EntryType type = EntryType::unknown;
  bool sure = true;  // false: an inferred edge lies between the process and its entry
  ProcKey process;   // the entry process; pid 0: not known
  std::uint32_t uid = kUnsetId;
  std::string_view comm;  // these as it began
  std::string_view exe;
  std::string_view args;        // each ended by NUL, unless cut: the first 1024 bytes at most
  std::uint32_t args_size = 0;  // as the kernel held them
  bool args_known = false;
  std::string_view user;

  std::string_view source_ip;  // ssh, socket
  std::uint32_t source_port = 0;
  std::string_view tty;  // ssh, login, terminal
  ProcKey server;        // terminal: the process at its other end
  std::string_view server_comm;
  std::string_view job;   // cron: the command; at: the spool file
  std::string_view unit;  // service, socket
  std::string_view user_unit;
  std::uint32_t asked_by_pid = 0;  // service: who had it started, where the unit's name says so
  std::string_view bus_name;       // dbus
  std::string_view service;        // supervisor
  std::string_view container_id;   // container
  std::string_view container_runtime;
  std::string_view container_name;
  std::string_view container_image;
  bool into = false;              // container: executed into one that ran
  std::uint32_t crashed_pid = 0;  // kernel: of a core handler
};

}  // namespace proctree
