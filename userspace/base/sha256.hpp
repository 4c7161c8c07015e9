// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// SHA-256 (FIPS 180-4).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace proctree {

class Sha256 {
 public:
  void update(std::string_view bytes);
  // Of everything so far; the object is spent.
  [[nodiscard]] std::array<std::uint8_t, 32> digest();
  // The same in 64 lower-case hex digits.
  [[nodiscard]] std::string hex_digest();

 private:
  static constexpr std::size_t kBlock = 64;
  void compress(const char* block);

  std::array<std::uint32_t, 8> state_ = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                                         0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
  std::array<char, kBlock> pending_{};
  std::uint64_t size_ = 0;
};

}  // namespace proctree
