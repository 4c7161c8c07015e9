// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "base/number_ranges.hpp"

#include <algorithm>
#include <iterator>

namespace proctree {

Added add_number(NumberRanges& ranges, std::uint64_t number) {
  const auto after = ranges.upper_bound(number);
  const bool meets_after = after != ranges.end() && after->first == number + 1;
  const std::uint64_t last = meets_after ? after->second : number;
  if (after != ranges.begin()) {
    const auto before = std::prev(after);
    if (number <= before->second) return Added::not_new;
    if (before->second + 1 == number) {
      before->second = last;
      if (meets_after) ranges.erase(after);
      return Added::joined;
    }
  }
  const auto hint = meets_after ? ranges.erase(after) : after;
  ranges.emplace_hint(hint, number, last);
  return meets_after ? Added::joined : Added::apart;
}

void add_range(NumberRanges& ranges, std::uint64_t first, std::uint64_t last) {
  auto at = ranges.upper_bound(first);
  if (at != ranges.begin()) {
    const auto before = std::prev(at);
    if (before->second >= first || before->second + 1 == first) {
      at = before;
      first = at->first;
    }
  }
  for (; at != ranges.end() && (at->first <= last || at->first - 1 == last); at = ranges.erase(at))
    last = std::max(last, at->second);
  ranges.emplace_hint(at, first, last);
}

std::optional<std::uint64_t> last_of_range(const NumberRanges& ranges, std::uint64_t number) {
  const auto after = ranges.upper_bound(number);
  if (after == ranges.begin() || std::prev(after)->second < number) return std::nullopt;
  return std::prev(after)->second;
}

}  // namespace proctree
