// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// What systemd writes into the names of units.
#pragma once

#include <cstdint>
#include <string_view>

#include "proctree/entry.hpp"

namespace proctree::entry {

// NAME@N-LOCAL:PORT-REMOTE:PORT.service, or with a socket's cookie behind N, or N-PID-UID of a local socket:
// of one connection.
[[nodiscard]] bool is_of_connection(std::string_view unit);
// Its other end, where the name has it.
void set_source_of(EntryFacts& entry, std::string_view unit);

// run-pPID-iINODE.service (since systemd 257): the process that asked for it; 0: the name doesn't say.
[[nodiscard]] std::uint32_t asked_by(std::string_view unit);

}  // namespace proctree::entry
