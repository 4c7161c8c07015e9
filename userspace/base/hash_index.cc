// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "base/hash_index.hpp"

#include <array>
#include <cstring>
#include <random>

namespace proctree {

namespace {

__extension__ using Uint128 = unsigned __int128;

// All bits of both factors reach all bits of the result.
std::uint64_t mixed(std::uint64_t a, std::uint64_t b) {
  const Uint128 product = static_cast<Uint128>(a) * b;
  return static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64);
}

const std::array<std::uint64_t, 3>& secrets() {
  static const std::array<std::uint64_t, 3> drawn = [] {
    std::random_device random;
    std::array<std::uint64_t, 3> made{};
    for (std::uint64_t& secret : made) secret = static_cast<std::uint64_t>(random()) << 32 | random();
    return made;
  }();
  return drawn;
}

template <class Word>
std::uint64_t word_at(const char* at) {
  Word word = 0;
  std::memcpy(&word, at, sizeof word);
  return word;
}

// The 16 bytes at most that are left, as two words, which overlap where there are fewer. The whole text's
// size is part of the hash, so that no two texts are the same words for that.
std::array<std::uint64_t, 2> last_words(std::string_view rest) {
  const char* const at = rest.data();
  const std::size_t size = rest.size();
  if (size >= 8) return {word_at<std::uint64_t>(at), word_at<std::uint64_t>(at + size - 8)};
  if (size >= 4) return {word_at<std::uint32_t>(at), word_at<std::uint32_t>(at + size - 4)};
  if (size == 0) return {};
  return {word_at<std::uint8_t>(at) << 16 | word_at<std::uint8_t>(at + size / 2) << 8 |
              word_at<std::uint8_t>(at + size - 1),
          0};
}

std::uint32_t folded(std::uint64_t hash) { return static_cast<std::uint32_t>(hash ^ hash >> 32); }

}  // namespace

std::uint32_t hash_of(std::string_view text) {
  const auto& secret = secrets();
  std::uint64_t hash = secret[0] ^ text.size();
  for (; text.size() > 16; text.remove_prefix(16)) {
    hash = mixed(word_at<std::uint64_t>(text.data()) ^ secret[1],
                 word_at<std::uint64_t>(text.data() + 8) ^ hash);
  }
  const auto words = last_words(text);
  return folded(mixed(mixed(words[0] ^ secret[1], words[1] ^ hash), secret[2]));
}

std::uint32_t hash_of(std::uint32_t a, std::uint32_t b, std::uint64_t c) {
  const auto& secret = secrets();
  const std::uint64_t ab = static_cast<std::uint64_t>(a) << 32 | b;
  return folded(mixed(mixed(ab ^ secret[1], c ^ secret[0]), secret[2]));
}

void HashIndex::erase(std::uint32_t key, std::uint32_t value) {
  if (entries_.empty()) return;
  std::size_t hole = home(key);
  while (entries_[hole].value != value || entries_[hole].key != key) {
    if (entries_[hole].value == kNone) return;
    hole = (hole + 1) & mask();
  }
  --count_;
  // Close the gap: move back every later entry of the run that may stand at the hole.
  for (std::size_t at = (hole + 1) & mask(); entries_[at].value != kNone; at = (at + 1) & mask()) {
    if (((at - home(entries_[at].key)) & mask()) < ((at - hole) & mask())) continue;
    entries_[hole] = entries_[at];
    hole = at;
  }
  entries_[hole] = {};
}

void HashIndex::grow() {
  std::vector<Entry> old =
      std::exchange(entries_, std::vector<Entry>(entries_.empty() ? 64 : entries_.size() * 2));
  shift_ = 64 - static_cast<unsigned>(std::countr_zero(entries_.size()));
  for (const Entry& entry : old) {
    if (entry.value != kNone) put(entry);
  }
}

}  // namespace proctree
