// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// pid → slot of its newest holder. The kernel gives pids below 2^22 only, and one after the other: they
// stand in pages of neighbours, 4 bytes each, so that a look-up is a single cache miss and the next fork's
// is none. Larger numbers, which a user of the library may bring, stand in a hash table.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/chunked.hpp"
#include "base/hash_index.hpp"

namespace proctree {

class PidIndex {
 public:
  static constexpr std::uint32_t kNone = 0xffffffff;

  [[nodiscard]] std::uint32_t find(std::uint32_t pid) const {
    const std::uint32_t number = pid / kPagePids;
    if (number >= directory_.size()) return pid < kPidLimit ? kNone : others_.find(pid);
    const std::uint32_t page = directory_[number];
    return page == kNone ? kNone : pages_[page].slots[pid % kPagePids];
  }
  void set(std::uint32_t pid, std::uint32_t slot);  // not kNone
  void erase(std::uint32_t pid);
  [[nodiscard]] std::size_t size() const { return count_; }
  void prefetch(std::uint32_t pid) const {
    const std::uint32_t number = pid / kPagePids;
    if (number >= directory_.size() || directory_[number] == kNone) return;
    __builtin_prefetch(&pages_[directory_[number]].slots[pid % kPagePids]);
  }

 private:
  static constexpr std::uint32_t kPidLimit = 1U << 22;  // PID_MAX_LIMIT
  static constexpr std::uint32_t kPagePids = 256;
  struct Page {
    Page() { slots.fill(kNone); }
    std::array<std::uint32_t, kPagePids> slots{};
  };
  std::uint32_t take_page();

  std::vector<std::uint32_t> directory_;  // by pid / kPagePids: the page; grows as far as pids go
  Chunked<Page, 11> pages_;
  std::vector<std::uint16_t> used_;  // by page: how many of its pids are set
  std::vector<std::uint32_t> free_;  // pages
  HashIndex others_;
  std::size_t count_ = 0;
};

}  // namespace proctree
