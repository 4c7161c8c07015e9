// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// The other end of a connection, from a launcher's environment or a unit's name.
#pragma once

#include <string_view>

#include "proctree/entry.hpp"

namespace proctree::entry {

// Takes both where they are an IP address and a port; an IPv6 address may stand in brackets.
void set_source(EntryFacts& entry, std::string_view address, std::string_view port);

}  // namespace proctree::entry
