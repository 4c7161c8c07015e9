// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// Nearly every name is plain: nothing in it is escaped. This checks 16 or eight bytes at a time. Inlined by
// force: in a unit of a whole folder gcc leaves it a call, which costs as much again.
#pragma once

#include <array>
#include <bit>
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

// How many bytes precede the first marked one; all of them where none is.
[[nodiscard, gnu::always_inline]] inline std::size_t unmarked_bytes(std::uint64_t marks) {
  if (marks == 0) return sizeof marks;
  const int bits =
      std::endian::native == std::endian::little ? std::countr_zero(marks) : std::countl_zero(marks);
  return static_cast<std::size_t>(bits) / 8;
}

// How many bytes at the beginning need no look: up to the first that is not ASCII, a control character, DEL
// or one of kSpecials.
template <char... kSpecials>
[[nodiscard, gnu::always_inline]] inline std::size_t plain_size(std::string_view text) {
  static constexpr std::array<char, sizeof...(kSpecials)> kLookedFor = {kSpecials...};
  std::size_t at = 0;
  for (; text.size() - at >= sizeof(Sixteen); at += sizeof(Sixteen)) {
    const auto halves = reinterpret_cast<Halves>(needing_a_look(sixteen_at(text.data() + at), kLookedFor));
    for (const std::size_t half : {0U, 1U}) {
      const auto marks = static_cast<std::uint64_t>(halves[half]);
      if (marks != 0) return at + half * sizeof marks + unmarked_bytes(marks);
    }
  }
  if (text.size() - at >= sizeof(std::uint64_t)) {
    std::uint64_t eight = 0;
    std::memcpy(&eight, text.data() + at, sizeof eight);
    const auto halves = reinterpret_cast<Halves>(needing_a_look(sixteen_of(eight, eight), kLookedFor));
    const std::size_t plain = unmarked_bytes(static_cast<std::uint64_t>(halves[0]));
    at += plain;
    if (plain < sizeof eight) return at;
  }
  const auto is_plain = [](char c) { return c >= 0x20 && c < 0x7f && ((c != kSpecials) && ...); };
  while (at < text.size() && is_plain(text[at])) ++at;
  return at;
}

// Copies `text`, of at most kPlainMost bytes, if `marks_of`, a function of a Sixteen, marks no byte of it,
// and returns the end of the copy; else nullptr. 'a' must be unmarked. `to` has room for kPlainMost bytes.
// Words overlap where the text isn't made of whole ones.
inline constexpr std::size_t kPlainMost = 64;
template <class MarksOf>
[[nodiscard, gnu::always_inline]] inline char* copy_unmarked(char* to, std::string_view text,
                                                             const MarksOf& marks_of) {
  const std::size_t size = text.size();
  const char* from = text.data();
  Sixteen marks;
  if (size >= 16) {
    if (size > kPlainMost) return nullptr;
    const auto copy = [&](std::size_t at) {
      const Sixteen bytes = sixteen_at(from + at);
      std::memcpy(to + at, &bytes, sizeof bytes);
      return marks_of(bytes);
    };
    marks = copy(size - 16);
    for (std::size_t at = 0; at + 16 < size; at += 16) marks |= copy(at);
  } else if (size >= 8) {
    const auto first = copy_word<std::uint64_t>(to, from);
    const auto last = copy_word<std::uint64_t>(to + size - 8, from + size - 8);
    marks = marks_of(sixteen_of(first, last));
  } else if (size >= 4) {
    const std::uint64_t first = copy_word<std::uint32_t>(to, from);
    const std::uint64_t both = first << 32 | copy_word<std::uint32_t>(to + size - 4, from + size - 4);
    marks = marks_of(sixteen_of(both, both));
  } else {
    std::uint64_t word = 0x6161616161616161;
    for (std::size_t i = 0; i < size; ++i) word = word << 8 | static_cast<unsigned char>(to[i] = from[i]);
    marks = marks_of(sixteen_of(word, word));
  }
  return any(marks) ? nullptr : to + size;
}

// The same where no byte needs a look: what is not ASCII does, a control character, DEL, and kSpecials.
template <char... kSpecials>
[[nodiscard, gnu::always_inline]] inline char* copy_plain(char* to, std::string_view text) {
  static constexpr std::array<char, sizeof...(kSpecials)> kLookedFor = {kSpecials...};
  return copy_unmarked(to, text, [](Sixteen bytes) { return needing_a_look(bytes, kLookedFor); });
}

}  // namespace proctree
