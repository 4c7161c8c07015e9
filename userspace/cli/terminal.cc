// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "cli/terminal.hpp"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <string_view>

namespace proctree {

namespace {

// A terminal may report 65,535 columns, and a line is made as long as that.
constexpr std::size_t kMostColumns = 4096;

}  // namespace

Terminal look_at_terminal(int fd, Colour colour) {
  Terminal terminal;
  terminal.colour = colour == Colour::always;
  if (isatty(fd) == 0) return terminal;
  terminal.is_terminal = true;
  const char* no_color = std::getenv("NO_COLOR");
  const char* term = std::getenv("TERM");
  const bool no_colour_wanted = no_color != nullptr && *no_color != '\0';
  const bool dumb = term == nullptr || *term == '\0' || std::string_view(term) == "dumb";
  if (colour == Colour::automatic) terminal.colour = !no_colour_wanted && !dumb;
  winsize size{};
  if (ioctl(fd, TIOCGWINSZ, &size) == 0) terminal.width = std::min(std::size_t{size.ws_col}, kMostColumns);
  return terminal;
}

}  // namespace proctree
