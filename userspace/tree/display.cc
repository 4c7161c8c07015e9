// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "tree/display.hpp"

#include <algorithm>

namespace proctree {

void TreeLines::append_prefix(std::string& out, std::size_t depth, bool last) {
  if (depth == 0) return;
  const std::size_t column = std::min(depth, kIndentMax);
  for (std::size_t above = 1; above < column; ++above) out += continues_[above] ? "│ " : "  ";
  out += last ? "└─" : "├─";
  if (depth < kIndentMax) {
    continues_[depth] = !last;
  } else {
    out += "[depth " + std::to_string(depth) + "] ";
  }
}

}  // namespace proctree
