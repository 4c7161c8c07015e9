// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// Images (one program in a process), shared by all the processes that were forked from it.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "tree/chunked.hpp"
#include "tree/facts.hpp"
#include "tree/interner.hpp"

namespace proctree {

using ImageId = std::uint32_t;
inline constexpr ImageId kNoImage = 0xffffffff;

struct Image {
  std::string_view comm;
  std::string_view exe;
  std::uint64_t exec_seq = kUnknownSeq;
};

class Images {
 public:
  // Copies the strings; the count is 1.
  ImageId acquire(const Image& image);
  void retain(ImageId id);   // kNoImage is allowed here
  void release(ImageId id);  // and here
  [[nodiscard]] const Image& operator[](ImageId id) const {
    return id == kNoImage ? none_ : entries_[id].image;
  }

 private:
  struct Entry {
    Image image;
    Interner::Id comm = 0;
    Interner::Id exe = 0;
    std::uint32_t count = 0;
  };
  Interner strings_;
  Chunked<Entry> entries_;
  std::vector<ImageId> free_;
  Image none_;
};

}  // namespace proctree
