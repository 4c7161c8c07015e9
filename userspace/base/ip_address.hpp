// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#pragma once

#include <string_view>

namespace proctree {

// IPv4 in dotted decimal, or IPv6, which names no interface (`%eth0`).
[[nodiscard]] bool is_ip_address(std::string_view text);

}  // namespace proctree
