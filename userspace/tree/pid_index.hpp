// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// pid → slot of its newest holder: open addressing, linear probing, 8 bytes an entry.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace proctree {

class PidIndex {
 public:
  static constexpr std::uint32_t kNone = 0xffffffff;

  [[nodiscard]] std::uint32_t find(std::uint32_t pid) const;
  void set(std::uint32_t pid, std::uint32_t slot);
  void erase(std::uint32_t pid);
  [[nodiscard]] std::size_t size() const { return count_; }

 private:
  struct Entry {
    std::uint32_t pid = 0;
    std::uint32_t slot = kNone;  // kNone: empty
  };
  [[nodiscard]] std::size_t home(std::uint32_t pid) const;
  [[nodiscard]] std::size_t position(std::uint32_t pid) const;
  void grow();

  std::vector<Entry> entries_;
  std::size_t count_ = 0;
  unsigned shift_ = 64;
};

}  // namespace proctree
