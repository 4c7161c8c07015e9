// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// ship: lines from a spool or a recording to another place on this host. Places beyond it are
// proctree-ship's.
#include "cli/commands.hpp"
#include "cli/ship_ends.hpp"

namespace proctree {

Result<int> run_command(const ShipOptions& options) { return run_shipping(options, local_ship_ends()); }

}  // namespace proctree
