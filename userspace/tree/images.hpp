// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// Images (one program in a process), each stored once and shared by all processes that run the same.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "base/chunked.hpp"
#include "base/free_ids.hpp"
#include "base/hash_index.hpp"
#include "base/interner.hpp"
#include "proctree/facts.hpp"

namespace proctree {

using ImageId = std::uint32_t;
inline constexpr ImageId kNoImage = 0xffffffff;

struct Image {
  std::string_view comm;
  std::string_view exe;
  std::uint64_t exec_seq = kUnknownSeq;
  std::uint32_t uid = 0;  // the real one that it began with

  friend bool operator==(const Image&, const Image&) = default;
};

// It was replaced before its source read it.
[[nodiscard]] inline bool is_unknown(const Image& image) {
  return image.exec_seq == kUnknownSeq && image.exe.empty() && image.comm == kUnknownComm;
}

// For a recording's image that by its lines is another than the present one.
inline constexpr std::uint64_t kFormerSeq = kUnknownSeq - 1;

// Of one process: its exec_seq distinguishes them. A rename alone makes no other image.
[[nodiscard]] inline bool is_same_image(const Image& a, const Image& b) {
  if (a.exec_seq == kFormerSeq || b.exec_seq == kFormerSeq) return false;
  if (a.exec_seq != kUnknownSeq && b.exec_seq != kUnknownSeq) return a.exec_seq == b.exec_seq;
  return a.comm == b.comm && a.exe == b.exe;
}

class Images {
 public:
  // Adds a reference, and copies the strings unless an equal image is there.
  ImageId acquire(const Image& image);
  void retain(ImageId id) {  // kNoImage is allowed here
    if (id != kNoImage) ++entries_[id].count;
  }
  void release(ImageId id) {  // and here
    if (id != kNoImage && --entries_[id].count == 0) drop(id);
  }
  [[nodiscard]] const Image& operator[](ImageId id) const {
    return id == kNoImage ? none_ : entries_[id].image;
  }

  // Not 0, and never another image's, where an id is used again once its image is gone. 0 for kNoImage.
  [[nodiscard]] std::uint64_t generation(ImageId id) const {
    return id == kNoImage ? 0 : entries_[id].generation;
  }

  // What all this takes, about: strings, entries, and the index, which is half full.
  [[nodiscard]] std::size_t bytes() const {
    return strings_.bytes() + by_hash_.size() * (sizeof(Entry) + sizeof(Interner::Id) + 16);
  }

  // Names by number: Interner::kNone, which no image has, where no image has this comm.
  [[nodiscard]] Interner::Id comm_id(std::string_view comm) const { return strings_.find(comm); }
  [[nodiscard]] bool has_comm(ImageId id, Interner::Id comm) const { return comms_[id] == comm; }

 private:
  struct Entry {
    Image image;
    std::uint64_t generation = 0;
    Interner::Id exe = 0;
    std::uint32_t hash = 0;
    std::uint32_t count = 0;
  };
  void drop(ImageId id);

  Interner strings_;
  Chunked<Entry> entries_;
  std::vector<Interner::Id> comms_;  // by image, close together for searches
  FreeIds free_;
  HashIndex by_hash_;
  Image none_;
  std::uint64_t acquired_ = 0;  // different ones, ever
};

}  // namespace proctree
