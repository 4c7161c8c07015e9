// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// A vector in chunks: grows without moving what it holds, so references stay and no growth is dear.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

namespace proctree {

template <class T, unsigned kChunkBits = 10>
class Chunked {
 public:
  [[nodiscard]] std::size_t size() const { return size_; }
  [[nodiscard]] T& operator[](std::size_t i) { return chunks_[i >> kChunkBits][i & kMask]; }
  [[nodiscard]] const T& operator[](std::size_t i) const { return chunks_[i >> kChunkBits][i & kMask]; }

  // Adds a default-made element and answers its index.
  std::size_t grow() {
    if (size_ >> kChunkBits == chunks_.size()) chunks_.push_back(std::make_unique<T[]>(kMask + 1));
    return size_++;
  }

 private:
  static constexpr std::size_t kMask = (std::size_t{1} << kChunkBits) - 1;
  std::vector<std::unique_ptr<T[]>> chunks_;
  std::size_t size_ = 0;
};

}  // namespace proctree
