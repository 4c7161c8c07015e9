// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "watch/wrap.hpp"

#include <algorithm>

#include "base/escape.hpp"
#include "base/width.hpp"

namespace proctree::watch {

namespace {

// Marks over one character take no column: without a bound a line could be endless.
constexpr std::size_t kBytesPerColumn = 16;

// How many bytes of `text` fit; at least one character.
std::size_t fitting(std::string_view text, std::size_t columns) {
  std::size_t at = 0;
  for (std::size_t used = 0; at < text.size();) {
    const Utf8Char c = utf8_at(text, at);
    used += c.length == 0 ? 1 : width_of(c.code);
    const std::size_t next = at + std::max<std::size_t>(c.length, 1);
    if (at != 0 && (used > columns || next > kBytesPerColumn * columns)) break;
    at = next;
  }
  return at;
}

}  // namespace

std::vector<std::string> wrap(std::string_view text, std::size_t columns, std::size_t most) {
  std::vector<std::string> lines;
  while (!text.empty() && lines.size() < most && columns != 0) {
    std::string& line = lines.emplace_back();
    if (lines.size() == most) {
      append_fitting(line, text, columns);
      break;
    }
    const std::size_t bytes = fitting(text, columns);
    line = text.substr(0, bytes);
    text.remove_prefix(bytes);
  }
  return lines;
}

}  // namespace proctree::watch
