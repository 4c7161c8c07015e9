// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// Which of systemd's units a cgroup path stands for.
#pragma once

#include <string_view>

namespace proctree {

struct Units {
  std::string_view unit;       // of the system's manager: the outermost; empty: none
  std::string_view user_unit;  // of a user's manager: the innermost below user@UID.service; empty: none
};

// Views into `cgroup`. `truncated`: its side away from the root is missing.
[[nodiscard]] Units units_of(std::string_view cgroup, bool truncated = false);

}  // namespace proctree
