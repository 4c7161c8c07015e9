// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// A command line read word by word.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

#include "base/parse_text.hpp"

namespace proctree {

// Arguments as the kernel holds them, each ended by NUL.
class ArgumentWords {
 public:
  explicit ArgumentWords(std::string_view args) : rest_(args) {}

  std::optional<std::string_view> next() {
    if (rest_.empty()) return std::nullopt;
    return take_until(rest_, '\0');
  }

 private:
  std::string_view rest_;
};

// Whether `word` is one of those in `list`, which are separated by blanks.
constexpr bool has_word(std::string_view list, std::string_view word) {
  for (std::size_t at = list.find(word); at != std::string_view::npos; at = list.find(word, at + 1)) {
    const std::size_t end = at + word.size();
    if ((at == 0 || list[at - 1] == ' ') && (end == list.size() || list[end] == ' ')) return true;
  }
  return false;
}

}  // namespace proctree
