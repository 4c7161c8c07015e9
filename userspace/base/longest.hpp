// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// The few longest of any number.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace proctree {

template <class Value>
class Longest {
 public:
  using Entry = std::pair<std::uint64_t, Value>;  // how long, and what

  explicit Longest(std::size_t most) : most_(most) {}

  // Whether add() would take it: if not its text need not be made.
  [[nodiscard]] bool takes(std::uint64_t ns) const {
    return heap_.size() < most_ || ns > heap_.front().first;
  }
  void add(std::uint64_t ns, Value value) {
    if (!takes(ns)) return;
    if (heap_.size() == most_) {
      std::ranges::pop_heap(heap_, longer);
      heap_.pop_back();
    }
    heap_.emplace_back(ns, std::move(value));
    std::ranges::push_heap(heap_, longer);
  }
  // The longest first.
  [[nodiscard]] std::vector<Entry> sorted() const {
    std::vector<Entry> entries = heap_;
    std::ranges::sort(entries, longer);
    return entries;
  }

 private:
  static bool longer(const Entry& a, const Entry& b) { return a.first > b.first; }

  std::size_t most_;
  std::vector<Entry> heap_;  // the shortest of them on top
};

}  // namespace proctree
