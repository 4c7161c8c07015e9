// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// SHA-256 of files by their states, as many as fit: the least recently used is evicted.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "tree/event.hpp"

namespace proctree {

// 64 lower-case hex digits.
using Digest = std::array<char, 64>;
[[nodiscard]] inline std::string_view text_of(const Digest& digest) { return {digest.data(), digest.size()}; }

// A file that changes twice within one tick of the kernel's clock has one change time for both. This long
// after that time no further change can have it: two ticks, since one may come late, and what clocks differ
// by.
[[nodiscard]] std::int64_t settled_after_ns();

class DigestCache {
 public:
  explicit DigestCache(std::size_t sets = 1024) : entries_(sets * kWays) {}

  // Valid until the next insert().
  [[nodiscard]] const Digest* find(const FileState& state);
  void insert(const FileState& state, const Digest& digest);

 private:
  static constexpr std::size_t kWays = 4;
  struct Entry {
    FileState state;
    Digest digest{};
    std::uint64_t used = 0;  // the turn of its last use; 0: the entry is free
  };

  [[nodiscard]] Entry* set_of(const FileState& state);

  std::vector<Entry> entries_;
  std::uint64_t turn_ = 0;
};

[[nodiscard]] std::size_t hash_of(const FileState& state);
struct FileStateHash {
  std::size_t operator()(const FileState& state) const { return hash_of(state); }
};

}  // namespace proctree
