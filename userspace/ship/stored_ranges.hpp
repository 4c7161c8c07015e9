// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// Which lines of a stream collectors have stored: ranges of numbers, as they stand in a bucket that
// collectors write and shippers read.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/number_ranges.hpp"

namespace proctree {

inline constexpr const char* kStoredBucket = "proctree-stored";

class StoredRanges {
 public:
  using Range = std::pair<std::uint64_t, std::uint64_t>;  // from, to

  // Nothing happens where it holds nothing.
  void add(std::uint64_t from, std::uint64_t to);
  void add(const StoredRanges& others);

  // All from `first` up to here are stored; first - 1: not even that one.
  [[nodiscard]] std::uint64_t contiguous(std::uint64_t first = 1) const;
  // What is missing before a line that is stored.
  [[nodiscard]] std::vector<Range> gaps() const;

  // {"v":1,"seq":contiguous(),"ranges":[[FROM,TO],…]}: beyond kMost ranges the last ones are left out, so
  // that the value says less than is stored, never more.
  [[nodiscard]] std::string json() const;
  [[nodiscard]] static std::optional<StoredRanges> parse(std::string_view json);

  friend bool operator==(const StoredRanges&, const StoredRanges&) = default;

 private:
  static constexpr std::size_t kMost = 1000;
  NumberRanges ranges_;
};

}  // namespace proctree
