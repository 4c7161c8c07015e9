// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// Reference-counted strings, each stored once.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/chunked.hpp"
#include "base/free_ids.hpp"
#include "base/hash_index.hpp"

namespace proctree {

class Interner {
 public:
  using Id = std::uint32_t;
  static constexpr Id kNone = HashIndex::kNone;

  Id acquire(std::string_view text) { return acquire(text, hash_of(text)); }
  Id acquire(std::string_view text, std::uint32_t hash);  // of hash_of()
  void retain(Id id) { ++entries_[id].count; }
  void release(Id id);
  // kNone: it isn't there.
  [[nodiscard]] Id find(std::string_view text) const { return find(text, hash_of(text)); }
  // Valid until the last holder releases it.
  [[nodiscard]] std::string_view view(Id id) const { return entries_[id].text; }
  [[nodiscard]] std::uint32_t count(Id id) const { return entries_[id].count; }
  [[nodiscard]] std::size_t size() const { return by_hash_.size(); }
  // What all this takes, about.
  [[nodiscard]] std::size_t bytes() const { return size() * (sizeof(Entry) + kIndexBytes) + heap_bytes_; }

 private:
  struct Entry {
    std::string text;
    std::uint32_t hash = 0;
    std::uint32_t count = 0;
  };
  static constexpr std::size_t kIndexBytes = 16;  // an entry of by_hash_, which is half full
  // Of a string that does not fit into std::string itself: the allocator's part included.
  static std::size_t heap_bytes(std::string_view text) { return text.size() < 16 ? 0 : text.size() + 24; }
  [[nodiscard]] Id find(std::string_view text, std::uint32_t hash) const {
    return by_hash_.find(hash, [&](Id id) { return entries_[id].text == text; });
  }

  Chunked<Entry> entries_;  // never moves: views of its strings are out
  FreeIds free_;
  HashIndex by_hash_;
  std::size_t heap_bytes_ = 0;
};

}  // namespace proctree
