// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// What the reader of a descriptor can show.
#pragma once

#include <cstddef>

namespace proctree {

struct Terminal {
  bool is_terminal = false;
  bool colour = false;    // a terminal that is not "dumb", and NO_COLOR (no-color.org) isn't set
  std::size_t width = 0;  // columns; 0: not known, or no terminal
};

[[nodiscard]] Terminal look_at_terminal(int fd);

}  // namespace proctree
