// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// Remembers which lines there were, by a fingerprint of each, in bounded memory: all of the last kRemembered,
// and some before.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace proctree {

class LineMemory {
 public:
  static constexpr std::size_t kRemembered = 512 * 1024;  // 16 MiB for both sets, where there are as many

  // False: it is there already.
  bool insert(std::uint64_t fingerprint);
  void clear();

 private:
  // Open addressing; 0 is an empty place.
  class Set {
   public:
    [[nodiscard]] bool contains(std::uint64_t fingerprint) const;
    void insert(std::uint64_t fingerprint);  // it isn't there
    [[nodiscard]] std::size_t size() const { return count_; }
    void clear() {
      places_.clear();
      count_ = 0;
    }

   private:
    [[nodiscard]] std::size_t place_of(std::uint64_t fingerprint) const;
    void grow();

    std::vector<std::uint64_t> places_;
    std::size_t count_ = 0;
  };

  Set recent_;  // once it is full it becomes the older one
  Set older_;
};

}  // namespace proctree
