// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// What is to stand on the screen.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace proctree::watch {

struct Size {
  std::size_t columns = 80;
  std::size_t lines = 24;
};

struct Frame {
  static constexpr std::size_t kNoLine = ~std::size_t{0};

  std::vector<std::string> lines;  // from the top, none too wide; their colours are TextStyle's
  std::size_t bar = kNoLine;       // the line that stands out in its whole width: the selected process
};

}  // namespace proctree::watch
