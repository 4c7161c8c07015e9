// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "base/number_ranges.hpp"

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

}  // namespace proctree
