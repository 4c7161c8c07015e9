// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// Nearly every name is plain: nothing in it is escaped. This checks 16 or eight bytes at a time. Inlined by
// force: in a unit of a whole folder gcc leaves it a call, which costs as much again.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace proctree {

// Moves a word that need not be aligned.
template <class Word>
Word copy_word(char* to, const char* from) {
  Word word = 0;
  std::memcpy(&word, from, sizeof word);
  std::memcpy(to, &word, sizeof word);
  return word;
}

// Not 0 where one of eight bytes is a control character, DEL, one of kSpecials or not ASCII. It never
// misses one; a byte beside one may be taken for one too, which does not matter for the eight as a whole.
template <char... kSpecials>
[[nodiscard, gnu::always_inline]] constexpr std::uint64_t needing_a_look(std::uint64_t eight) {
  constexpr std::uint64_t kOnes = 0x0101010101010101;
  constexpr std::uint64_t kHighs = 0x8080808080808080;
  const auto zeros = [](std::uint64_t word) { return (word - kOnes) & ~word; };
  const std::uint64_t controls = (eight - kOnes * 0x20) & ~eight;
  const std::uint64_t specials = (zeros(eight ^ kOnes * 0x7f) | ... | zeros(eight ^ kOnes * kSpecials));
  return (controls | specials | eight) & kHighs;
}

using Sixteen [[gnu::vector_size(16)]] = signed char;
using Halves [[gnu::vector_size(16)]] = long long;
[[nodiscard, gnu::always_inline]] constexpr Sixteen sixteen_of(char c) {
  const auto byte = static_cast<signed char>(c);
  return Sixteen{byte, byte, byte, byte, byte, byte, byte, byte,
                 byte, byte, byte, byte, byte, byte, byte, byte};
}
[[nodiscard, gnu::always_inline]] inline Sixteen sixteen_at(const char* from) {
  Sixteen bytes;
  std::memcpy(&bytes, from, sizeof bytes);
  return bytes;
}
[[nodiscard, gnu::always_inline]] inline Sixteen sixteen_of(std::uint64_t first, std::uint64_t last) {
  return reinterpret_cast<Sixteen>(Halves{static_cast<long long>(first), static_cast<long long>(last)});
}
// All ones where a byte is one of those. As signed numbers what isn't ASCII is below the control characters.
template <std::size_t N>
[[nodiscard, gnu::always_inline]] inline Sixteen needing_a_look(Sixteen bytes,
                                                                const std::array<char, N>& specials) {
  Sixteen marks = (bytes < sixteen_of(0x20)) | (bytes == sixteen_of(0x7f));
  for (const char special : specials) marks |= bytes == sixteen_of(special);
  return marks;
}
[[nodiscard, gnu::always_inline]] inline bool any(Sixteen marks) {
  const auto halves = reinterpret_cast<Halves>(marks);
  return (halves[0] | halves[1]) != 0;
}

// Copies `text`, of at most kMost bytes, if it is plain, and returns the end of the copy; else nullptr. `to`
// has room for kMost bytes. Words overlap where the text isn't made of whole ones.
inline constexpr std::size_t kPlainMost = 64;
template <char... kSpecials>
[[nodiscard, gnu::always_inline]] inline char* copy_plain(char* to, std::string_view text) {
  const std::size_t size = text.size();
  const char* from = text.data();
  static constexpr std::array<char, sizeof...(kSpecials)> kLookedFor = {kSpecials...};
  Sixteen marks;
  if (size >= 16) {
    if (size > kPlainMost) return nullptr;
    const auto copy = [to, from](std::size_t at) {
      const Sixteen bytes = sixteen_at(from + at);
      std::memcpy(to + at, &bytes, sizeof bytes);
      return needing_a_look(bytes, kLookedFor);
    };
    marks = copy(size - 16);
    for (std::size_t at = 0; at + 16 < size; at += 16) marks |= copy(at);
  } else if (size >= 8) {
    const auto first = copy_word<std::uint64_t>(to, from);
    const auto last = copy_word<std::uint64_t>(to + size - 8, from + size - 8);
    marks = needing_a_look(sixteen_of(first, last), kLookedFor);
  } else if (size >= 4) {
    const std::uint64_t first = copy_word<std::uint32_t>(to, from);
    const std::uint64_t both = first << 32 | copy_word<std::uint32_t>(to + size - 4, from + size - 4);
    marks = needing_a_look(sixteen_of(both, both), kLookedFor);
  } else {
    std::uint64_t word = 0x2020202020202020;
    for (std::size_t i = 0; i < size; ++i) word = word << 8 | static_cast<unsigned char>(to[i] = from[i]);
    marks = needing_a_look(sixteen_of(word, word), kLookedFor);
  }
  return any(marks) ? nullptr : to + size;
}

}  // namespace proctree
