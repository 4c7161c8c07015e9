// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// SipHash-2-4 with 128 bits of output (Aumasson and Bernstein), a keyed hash: without the key one can't find
// texts that collide, and texts that weren't chosen for it collide with a probability of 2^-128 a pair.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace proctree {

struct Hash128 {
  std::uint64_t low = 0;
  std::uint64_t high = 0;

  friend bool operator==(const Hash128&, const Hash128&) = default;
};

using SipKey = std::array<std::uint64_t, 2>;
// Drawn at random once in this process.
[[nodiscard]] const SipKey& process_sip_key();

class SipHash {
 public:
  explicit SipHash(const SipKey& key);

  void update(std::string_view bytes);
  // The bytes of numbers, in the order of this machine.
  void update(std::uint64_t number) {
    std::array<char, sizeof number> bytes{};
    std::memcpy(bytes.data(), &number, sizeof number);
    update(std::string_view(bytes.data(), bytes.size()));
  }
  // Of everything so far; the object is spent.
  [[nodiscard]] Hash128 finish();

 private:
  void round();
  void take(std::uint64_t word);
  [[nodiscard]] std::uint64_t output();

  std::uint64_t v0_, v1_, v2_, v3_;
  std::uint64_t pending_ = 0;  // the last size_ % 8 bytes
  std::uint64_t size_ = 0;
};

}  // namespace proctree
