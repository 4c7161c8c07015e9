// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "base/siphash.hpp"

#include <bit>
#include <random>

namespace proctree {

namespace {

constexpr std::size_t kWord = sizeof(std::uint64_t);

// The first byte is the lowest, whatever the machine.
std::uint64_t word_at(const char* bytes) {
  std::uint64_t word = 0;
  std::memcpy(&word, bytes, kWord);
  if constexpr (std::endian::native == std::endian::big) word = __builtin_bswap64(word);
  return word;
}

}  // namespace

const SipKey& process_sip_key() {
  static const SipKey drawn = [] {
    std::random_device random;
    SipKey key{};
    for (std::uint64_t& half : key) half = static_cast<std::uint64_t>(random()) << 32 | random();
    return key;
  }();
  return drawn;
}

SipHash::SipHash(const SipKey& key)
    : v0_(key[0] ^ 0x736f6d6570736575),
      v1_(key[1] ^ 0x646f72616e646f6d ^ 0xee),
      v2_(key[0] ^ 0x6c7967656e657261),
      v3_(key[1] ^ 0x7465646279746573) {}

void SipHash::round() {
  v0_ += v1_;
  v2_ += v3_;
  v1_ = std::rotl(v1_, 13) ^ v0_;
  v3_ = std::rotl(v3_, 16) ^ v2_;
  v0_ = std::rotl(v0_, 32);
  v2_ += v1_;
  v0_ += v3_;
  v1_ = std::rotl(v1_, 17) ^ v2_;
  v3_ = std::rotl(v3_, 21) ^ v0_;
  v2_ = std::rotl(v2_, 32);
}

void SipHash::take(std::uint64_t word) {
  v3_ ^= word;
  round();
  round();
  v0_ ^= word;
}

void SipHash::update(std::string_view bytes) {
  const std::size_t held = size_ % kWord;
  size_ += bytes.size();
  if (held != 0) {
    std::size_t at = held;
    while (at < kWord && !bytes.empty()) {
      pending_ |= static_cast<std::uint64_t>(static_cast<unsigned char>(bytes.front())) << (8 * at++);
      bytes.remove_prefix(1);
    }
    if (at < kWord) return;
    take(pending_);
    pending_ = 0;
  }
  for (; bytes.size() >= kWord; bytes.remove_prefix(kWord)) take(word_at(bytes.data()));
  for (std::size_t at = 0; at < bytes.size(); ++at)
    pending_ |= static_cast<std::uint64_t>(static_cast<unsigned char>(bytes[at])) << (8 * at);
}

std::uint64_t SipHash::output() {
  for (int i = 0; i < 4; ++i) round();
  return v0_ ^ v1_ ^ v2_ ^ v3_;
}

Hash128 SipHash::finish() {
  take(pending_ | size_ << 56);
  v2_ ^= 0xee;
  const std::uint64_t low = output();
  v1_ ^= 0xdd;
  return {low, output()};
}

}  // namespace proctree
