// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// Nearly every name is plain: nothing in it is escaped. This finds that out eight bytes at a time. Inlined by
// force: in a unit of a whole folder gcc leaves it a call, which costs as much again.
#pragma once

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

// Copies `text`, of at most kMost bytes, if it is plain, and answers the end of the copy; else nullptr. `to`
// has room for kMost bytes. Words overlap where the text isn't made of whole ones.
inline constexpr std::size_t kPlainMost = 24;
template <char... kSpecials>
[[nodiscard, gnu::always_inline]] inline char* copy_plain(char* to, std::string_view text) {
  const std::size_t size = text.size();
  const char* from = text.data();
  std::uint64_t look = 0;
  if (size >= 8) {
    if (size > kPlainMost) return nullptr;
    look = needing_a_look<kSpecials...>(copy_word<std::uint64_t>(to, from));
    if (size > 16) look |= needing_a_look<kSpecials...>(copy_word<std::uint64_t>(to + 8, from + 8));
    look |= needing_a_look<kSpecials...>(copy_word<std::uint64_t>(to + size - 8, from + size - 8));
  } else if (size >= 4) {
    const std::uint64_t first = copy_word<std::uint32_t>(to, from);
    const std::uint64_t last = copy_word<std::uint32_t>(to + size - 4, from + size - 4);
    look = needing_a_look<kSpecials...>(first << 32 | last);
  } else {
    std::uint64_t word = 0x2020202020202020;
    for (std::size_t i = 0; i < size; ++i) word = word << 8 | static_cast<unsigned char>(to[i] = from[i]);
    look = needing_a_look<kSpecials...>(word);
  }
  return look == 0 ? to + size : nullptr;
}

}  // namespace proctree
