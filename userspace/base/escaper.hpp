// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// The one loop that escapes: what needs no escape eight bytes at a time, all other ASCII by a table, so that
// bytes chosen to be escaped cost little more than letters.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

#include "base/ascii_scan.hpp"
#include "base/utf8.hpp"

namespace proctree {

inline constexpr std::string_view kHexDigits = "0123456789abcdef";

// How each byte of ASCII is written: eight bytes that may all be copied, and how many of them count.
class AsciiForms {
 public:
  constexpr AsciiForms() {
    for (std::size_t byte = 0; byte < kCount; ++byte) set(byte, {static_cast<char>(byte)});
  }
  constexpr void set(std::size_t byte, std::initializer_list<char> text) {
    std::ranges::copy(text, texts_[byte].begin());
    lengths_[byte] = static_cast<std::uint8_t>(text.size());
  }
  // `\xHH`
  constexpr void set_hex(std::size_t byte) {
    set(byte, {'\\', 'x', kHexDigits[byte >> 4], kHexDigits[byte & 15]});
  }
  template <class Set>
  constexpr void for_controls(Set set) {
    for (std::size_t byte = 0; byte < 0x20; ++byte) set(byte);
    set(0x7f);
  }

  char* put(char* to, unsigned char byte) const {
    std::memcpy(to, texts_[byte].data(), kRoom);
    return to + lengths_[byte];
  }
  [[nodiscard]] constexpr std::size_t length(unsigned char byte) const { return lengths_[byte]; }

 private:
  static constexpr std::size_t kCount = 128;
  static constexpr std::size_t kRoom = 8;

  std::array<std::array<char, kRoom>, kCount> texts_{};
  std::array<std::uint8_t, kCount> lengths_{};
};

// What one step may write beyond its result: copies are of whole words.
inline constexpr std::size_t kEscapeSlack = 16;

// Where eight bytes needed no look, the next ones won't: 16 at a time as long as that holds.
template <class Rules>
char* copy_plain_sixteens(char* to, std::string_view text, std::size_t& place, std::size_t stop) {
  std::size_t at = place;
  while (stop - at >= sizeof(Sixteen)) {
    const Sixteen bytes = sixteen_at(text.data() + at);
    if (any(needing_a_look(bytes, Rules::kSpecials))) break;
    std::memcpy(to, &bytes, sizeof bytes);
    to += sizeof bytes;
    at += sizeof bytes;
  }
  place = at;
  return to;
}

// Writes text[place…] to `to` by `Rules`, until it is at `stop` (or behind the code point that lies across),
// and returns where it ended; `place` is moved. Room for Rules::kMost bytes a byte and kEscapeSlack is the
// caller's. Rules: kMost, kSpecials, kForms (of ASCII), put_code() of a code point beyond it, put_bad() of a
// byte that is no UTF-8.
template <class Rules>
char* escape_some(char* to, std::string_view text, std::size_t& place, std::size_t stop, Rules& rules) {
  std::size_t at = place;  // not where writing to `to` might change it
  while (at < stop) {
    if (stop - at >= sizeof(std::uint64_t)) {
      std::uint64_t eight = 0;
      std::memcpy(&eight, text.data() + at, sizeof eight);
      if (!any(needing_a_look(sixteen_of(eight, eight), Rules::kSpecials))) {
        std::memcpy(to, &eight, sizeof eight);
        to += sizeof eight;
        at += sizeof eight;
        to = copy_plain_sixteens<Rules>(to, text, at, stop);
        continue;
      }
    } else if (stop >= sizeof(std::uint64_t)) {
      // The last few with those before them, which stand there already: they were as plain.
      const std::size_t last = stop - sizeof(std::uint64_t);
      std::uint64_t eight = 0;
      std::memcpy(&eight, text.data() + last, sizeof eight);
      if (!any(needing_a_look(sixteen_of(eight, eight), Rules::kSpecials))) {
        std::memcpy(to - (at - last), &eight, sizeof eight);
        to += stop - at;
        at = stop;
        break;
      }
    }
    for (const std::size_t few = std::min(stop, at + sizeof(std::uint64_t)); at < few;) {
      const auto byte = static_cast<unsigned char>(text[at]);
      if (byte < 0x80) {
        to = Rules::kForms.put(to, byte);
        ++at;
        continue;
      }
      const Utf8Char c = utf8_at(text, at);
      to = c.length == 0 ? rules.put_bad(to, byte) : rules.put_code(to, text.data() + at, c);
      at += std::max<std::size_t>(c.length, 1);
    }
  }
  place = at;
  return to;
}

// The code point's own bytes.
inline char* put_bytes(char* to, const char* bytes, std::size_t size) {
  for (std::size_t i = 0; i < size; ++i) to[i] = bytes[i];
  return to + size;
}

inline char* put_hex_escapes(char* to, const char* bytes, std::size_t size) {
  for (std::size_t i = 0; i < size; ++i) {
    const auto byte = static_cast<unsigned char>(bytes[i]);
    const char escape[] = {'\\', 'x', kHexDigits[byte >> 4], kHexDigits[byte & 15u]};
    std::memcpy(to, escape, sizeof escape);
    to += sizeof escape;
  }
  return to;
}

}  // namespace proctree
