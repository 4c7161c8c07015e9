// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// What libpq is given for an address: its settings, each but once.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "proctree/error.hpp"
#include "ship/remote_options.hpp"

namespace proctree {

using PostgresSettings = std::vector<std::pair<std::string, std::string>>;

// A password in the address is an error, and so is TLS that verifies nothing where that wasn't asked for.
[[nodiscard]] Result<PostgresSettings> postgres_settings(const std::string& where,
                                                         const RemoteOptions& remote);

}  // namespace proctree
