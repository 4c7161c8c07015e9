// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "cli/nearest_word.hpp"

#include <algorithm>
#include <cstddef>
#include <numeric>
#include <vector>

namespace proctree {

namespace {

constexpr std::size_t kLongest = 32;  // no option is longer, and the time is the product of both lengths

// How many letters have to be inserted, deleted or replaced (Levenshtein).
std::size_t distance(std::string_view from, std::string_view to) {
  std::vector<std::size_t> row(to.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 0; i < from.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i + 1;
    for (std::size_t j = 0; j < to.size(); ++j) {
      const std::size_t replaced = diagonal + (from[i] == to[j] ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({replaced, row[j] + 1, diagonal + 1});
    }
  }
  return row.back();
}

}  // namespace

std::string did_you_mean(std::string_view typed, std::span<const std::string> known) {
  const std::string_view letters = typed.substr(std::min(typed.find_first_not_of('-'), typed.size()));
  if (letters.empty() || letters.size() > kLongest) return {};
  std::size_t least = letters.size() / 3 + 1;
  std::string_view nearest;
  for (const std::string& word : known) {
    const std::size_t differs = distance(typed, word);
    if (differs < least) {
      least = differs;
      nearest = word;
    }
  }
  return nearest.empty() ? std::string() : " (did you mean " + std::string(nearest) + "?)";
}

}  // namespace proctree
