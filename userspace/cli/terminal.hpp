// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// What the reader of a descriptor can show.
#pragma once

#include <cstddef>
#include <cstdint>

namespace proctree {

enum class Colour : std::uint8_t { automatic, always, never };

struct Terminal {
  bool is_terminal = false;
  bool colour = false;    // as asked for; else a terminal that is not "dumb", and no NO_COLOR (no-color.org)
  std::size_t width = 0;  // columns; 0: not known, or no terminal
};

[[nodiscard]] Terminal look_at_terminal(int fd, Colour colour = Colour::automatic);

}  // namespace proctree
