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
    if (kept_.size() < kKept) kept_.push_back(std::move(what));
  }
  [[nodiscard]] bool none() const { return count_ == 0; }
  [[nodiscard]] std::size_t count() const { return count_; }
  [[nodiscard]] const std::vector<std::string>& kept() const { return kept_; }
  [[nodiscard]] std::string text() const {
    std::string out = std::to_string(count_) + " problems";
    for (const std::string& one : kept_) out += "\n  " + one;
    if (count_ > kept_.size()) out += "\n  … and " + std::to_string(count_ - kept_.size()) + " more";
    return out;
  }

 private:
  static constexpr std::size_t kKept = 30;
  std::size_t count_ = 0;
  std::vector<std::string> kept_;
};

}  // namespace proctree::live
