// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// Values of JSON that a reader checks and doesn't read: from line to line most of them are the same bytes
// (namespaces, leaders, the ancestors of siblings), and recognising them is faster than checking them again.
#pragma once

#include <array>
#include <cstddef>
#include <string>
#include <string_view>

namespace proctree {

class SeenValues {
 public:
  // The value that `rest` begins with, where it is one of the latest that were noted; empty: it is none.
  [[nodiscard]] std::string_view find(std::string_view rest) {
    for (std::size_t i = 0; i < values_.size(); ++i) {
      const std::string& value = values_[(latest_ + i) % values_.size()];
      if (value.empty() || !rest.starts_with(value)) continue;
      latest_ = (latest_ + i) % values_.size();
      return value;
    }
    return {};
  }
  // One that was checked. What has no end of its own, as a number has none, is not noted.
  void note(std::string_view value) {
    const bool has_end =
        !value.empty() && (value.front() == '{' || value.front() == '[' || value.front() == '"');
    if (!has_end || value.size() > kSizeMost) return;
    latest_ = (latest_ + values_.size() - 1) % values_.size();
    values_[latest_] = value;
  }

 private:
  static constexpr std::size_t kCount = 8;
  static constexpr std::size_t kSizeMost = 8192;

  std::array<std::string, kCount> values_;
  std::size_t latest_ = 0;  // the others follow, round the end
};

}  // namespace proctree
