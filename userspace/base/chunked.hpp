// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// A vector in chunks: grows without moving its elements, so references stay valid and no growth is expensive.
//
// Memory is touched only as far as elements are made. Large chunks but the first ask for huge pages: a
// table of a million nodes is walked in no order, and each step would miss the TLB as well.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>
#include <utility>
#include <vector>

#include "base/huge_memory.hpp"

namespace proctree {

template <class T, unsigned kChunkBits = 10>
class Chunked {
 public:
  Chunked() = default;
  Chunked(Chunked&& other) noexcept
      : chunks_(std::exchange(other.chunks_, {})), size_(std::exchange(other.size_, 0)) {}
  Chunked& operator=(Chunked&& other) noexcept {
    std::swap(chunks_, other.chunks_);
    std::swap(size_, other.size_);
    return *this;
  }
  Chunked(const Chunked&) = delete;
  Chunked& operator=(const Chunked&) = delete;
  ~Chunked() {
    for (std::size_t i = 0; i < size_; ++i) std::destroy_at(&(*this)[i]);
    for (T* chunk : chunks_) free_chunk(chunk);
  }

  [[nodiscard]] std::size_t size() const { return size_; }
  [[nodiscard]] T& operator[](std::size_t i) { return chunks_[i >> kChunkBits][i & kMask]; }
  [[nodiscard]] const T& operator[](std::size_t i) const { return chunks_[i >> kChunkBits][i & kMask]; }

  // Adds a default-constructed element and returns its index.
  std::size_t grow() {
    if (size_ >> kChunkBits == chunks_.size()) add_chunk();
    std::construct_at(&(*this)[size_]);
    return size_++;
  }

 private:
  static constexpr std::size_t kMask = (std::size_t{1} << kChunkBits) - 1;
  static constexpr std::size_t kBytes = (kMask + 1) * sizeof(T);
  static constexpr bool kLarge = kBytes >= kHugePage;

  void add_chunk() {
    chunks_.reserve(chunks_.size() + 1);
    if constexpr (kLarge) {
      chunks_.push_back(static_cast<T*>(take_large(kBytes, !chunks_.empty())));
    } else {
      chunks_.push_back(static_cast<T*>(::operator new(kBytes, std::align_val_t(alignof(T)))));
    }
  }
  static void free_chunk(T* chunk) {
    if constexpr (kLarge) {
      free_large(chunk, kBytes);
    } else {
      ::operator delete(chunk, std::align_val_t(alignof(T)));
    }
  }

  std::vector<T*> chunks_;
  std::size_t size_ = 0;
};

}  // namespace proctree
