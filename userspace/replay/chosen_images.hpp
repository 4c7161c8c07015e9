// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// The images that a filter has recently let through: a line about one of them (a late hash) goes with its
// exec's line.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <unordered_set>

#include "proctree/facts.hpp"

namespace proctree {

class ChosenImages {
 public:
  void note(const TaskFacts& task) {
    const Image image{task.self, task.exec_seq};
    if (!images_.insert(image).second) return;
    oldest_first_.push_back(image);
    if (oldest_first_.size() <= kMost) return;
    images_.erase(oldest_first_.front());
    oldest_first_.pop_front();
  }
  [[nodiscard]] bool has(const TaskFacts& task) const { return images_.contains({task.self, task.exec_seq}); }

 private:
  static constexpr std::size_t kMost = 65'536;

  struct Image {
    ProcKey process;
    std::uint64_t exec_seq = 0;

    friend bool operator==(const Image&, const Image&) = default;
  };
  struct Hash {
    std::size_t operator()(const Image& image) const {
      constexpr std::uint64_t kMix = 0x9e3779b97f4a7c15U;
      return static_cast<std::size_t>(((image.process.start_ns ^ image.process.pid) * kMix ^ image.exec_seq) *
                                      kMix);
    }
  };

  std::unordered_set<Image, Hash> images_;
  std::deque<Image> oldest_first_;
};

}  // namespace proctree
