// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// Could `--source netlink` trace here?
#pragma once

#include "proctree/error.hpp"
#include "source/host_check.hpp"

namespace proctree {

// Never a problem: it's the second choice.
[[nodiscard]] HostCheck check_netlink();
[[nodiscard]] HostCheck check_netlink(const Result<void>& trial);

}  // namespace proctree
