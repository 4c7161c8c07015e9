// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// Which numbers there are, as ranges: most come in their order, and those are one range.
#pragma once

#include <cstdint>
#include <map>
#include <optional>

namespace proctree {

using NumberRanges = std::map<std::uint64_t, std::uint64_t>;  // first to last; they stay apart

enum class Added : std::uint8_t {
  not_new,
  joined,  // a range, or two into one
  apart,   // it is a range of its own
};
Added add_number(NumberRanges& ranges, std::uint64_t number);
// `first` is not above `last`.
void add_range(NumberRanges& ranges, std::uint64_t first, std::uint64_t last);
// The last of the range that holds the number; std::nullopt: none does.
[[nodiscard]] std::optional<std::uint64_t> last_of_range(const NumberRanges& ranges, std::uint64_t number);

}  // namespace proctree
