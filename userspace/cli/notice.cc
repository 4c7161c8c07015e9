// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "cli/notice.hpp"

#include <cstdio>

#include "base/escape.hpp"

namespace proctree {

void print_notice(const std::string& text) {
  std::string line;
  append_visible(line, text);
  std::fprintf(stderr, "proctree: %s\n", line.c_str());
}

}  // namespace proctree
