// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// The most frequent of any number of names, in bounded memory (Misra and Gries): where there are too many,
// the median count is subtracted from all, and those without a count left are dropped.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/hash_index.hpp"

namespace proctree {

class TopCounts {
 public:
  struct Entry {
    std::string_view name;
    std::uint64_t count = 0;
  };

  explicit TopCounts(std::size_t names_max = 8192) : names_max_(names_max) {}

  void add(std::string_view name, std::uint64_t count = 1);
  // At most `most` of them, the most frequent first, of equal ones by name.
  [[nodiscard]] std::vector<Entry> top(std::size_t most) const;
  // Each count is too low by at most this: 0 unless there were more names than fit.
  [[nodiscard]] std::uint64_t error() const { return error_; }

 private:
  void drop_rare();

  // Whoever chooses the names can't choose which of them collide.
  struct Hash {
    using is_transparent = void;  // NOLINT(readability-identifier-naming): the standard library's name
    std::size_t operator()(std::string_view text) const { return hash_of(text); }
  };

  std::size_t names_max_;
  std::unordered_map<std::string, std::uint64_t, Hash, std::equal_to<>> counts_;
  std::uint64_t error_ = 0;
};

}  // namespace proctree
