// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// What is wrong, in words: counted all, kept as many as one wants to read.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace proctree::live {

class Problems {
 public:
  void add(std::string what) {
    ++count_;
    if (retained_.size() < kRetained) retained_.push_back(std::move(what));
  }
  [[nodiscard]] bool none() const { return count_ == 0; }
  [[nodiscard]] std::size_t count() const { return count_; }
  [[nodiscard]] const std::vector<std::string>& retained() const { return retained_; }
  [[nodiscard]] std::string text() const {
    std::string out = std::to_string(count_) + " problems";
    for (const std::string& one : retained_) out += "\n  " + one;
    if (count_ > retained_.size()) out += "\n  … and " + std::to_string(count_ - retained_.size()) + " more";
    return out;
  }

 private:
  static constexpr std::size_t kRetained = 30;
  std::size_t count_ = 0;
  std::vector<std::string> retained_;
};

}  // namespace proctree::live
