// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// UTF-8, code point by code point, and which of them must not be shown.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace proctree {

// The well-formed UTF-8 sequence that text[at] begins (Unicode 15, table 3-7): its bytes and its
// code point. length 0: none does.
struct Utf8Char {
  std::size_t length = 0;
  std::uint32_t code = 0;
};

[[nodiscard]] inline Utf8Char utf8_at(std::string_view text, std::size_t at) {
  // Past the end reads as 0, which no sequence continues with.
  const auto byte = [&](std::size_t i) -> std::uint32_t {
    return at + i < text.size() ? static_cast<unsigned char>(text[at + i]) : 0u;
  };
  const auto continues = [&](std::size_t i) { return (byte(i) & 0xc0u) == 0x80u; };
  if (at >= text.size()) return {};
  const std::uint32_t lead = byte(0);
  if (lead < 0x80) return {1, lead};
  if (lead < 0xc2 || lead > 0xf4) return {};  // a continuation, overlong, or beyond U+10FFFF
  if (lead < 0xe0) {
    if (!continues(1)) return {};
    return {2, (lead & 0x1fu) << 6 | (byte(1) & 0x3fu)};
  }
  if (lead < 0xf0) {
    if (!continues(1) || !continues(2)) return {};
    const std::uint32_t code = (lead & 0x0fu) << 12 | (byte(1) & 0x3fu) << 6 | (byte(2) & 0x3fu);
    if (code < 0x800 || (code >= 0xd800 && code < 0xe000)) return {};
    return {3, code};
  }
  if (!continues(1) || !continues(2) || !continues(3)) return {};
  const std::uint32_t code =
      (lead & 0x07u) << 18 | (byte(1) & 0x3fu) << 12 | (byte(2) & 0x3fu) << 6 | (byte(3) & 0x3fu);
  if (code < 0x10000 || code > 0x10ffff) return {};
  return {4, code};
}

// A code point's bytes at `to`, where there is room for kUtf8Most; returns their end.
inline constexpr std::size_t kUtf8Most = 4;
inline char* put_utf8(char* to, std::uint32_t code) {
  const auto put = [&](std::uint32_t byte) { *to++ = static_cast<char>(byte); };
  const auto put_next = [&](std::uint32_t bits) { put(0x80u | (bits & 0x3fu)); };
  if (code < 0x80) {
    put(code);
    return to;
  }
  if (code < 0x800) {
    put(0xc0u | code >> 6);
  } else {
    if (code < 0x10000) {
      put(0xe0u | code >> 12);
    } else {
      put(0xf0u | code >> 18);
      put_next(code >> 12);
    }
    put_next(code >> 6);
  }
  put_next(code);
  return to;
}

inline void append_utf8(std::string& to, std::uint32_t code) {
  std::array<char, kUtf8Most> bytes{};
  to.append(bytes.data(), put_utf8(bytes.data(), code));
}

[[nodiscard]] bool is_utf8(std::string_view text);

// Control characters, C1 (which some terminals obey) among them.
[[nodiscard]] constexpr bool is_control(std::uint32_t code) {
  return code < 0x20 || (code >= 0x7f && code < 0xa0);
}

namespace hidden_code_points {

struct Range {
  std::uint32_t first;
  std::uint32_t last;
};

// Default_Ignorable_Code_Point and Bidi_Control of Unicode, with the line and paragraph separators,
// the interlinear marks and the Hangul fillers, which look like blanks.
inline constexpr std::array kBelow64K = {
    Range{0x00ad, 0x00ad}, Range{0x034f, 0x034f}, Range{0x061c, 0x061c}, Range{0x115f, 0x1160},
    Range{0x17b4, 0x17b5}, Range{0x180b, 0x180f}, Range{0x200b, 0x200f}, Range{0x2028, 0x202e},
    Range{0x2060, 0x206f}, Range{0x3164, 0x3164}, Range{0xfe00, 0xfe0f}, Range{0xfeff, 0xfeff},
    Range{0xffa0, 0xffa0}, Range{0xfff0, 0xfffb},
};
inline constexpr std::array kAbove64K = {
    Range{0x1bca0, 0x1bca3},
    Range{0x1d173, 0x1d17a},
    Range{0xe0000, 0xe0fff},
};

// The former, a bit each: text of nothing but hidden code points must not cost more to look at.
inline constexpr std::array<std::uint64_t, 0x10000 / 64> kBits = [] {
  std::array<std::uint64_t, 0x10000 / 64> bits{};
  for (const Range range : kBelow64K) {
    for (std::uint32_t code = range.first; code <= range.last; ++code)
      bits[code / 64] |= std::uint64_t{1} << code % 64;
  }
  return bits;
}();

}  // namespace hidden_code_points

// Code points that show nothing themselves and reorder, hide or join what stands around them:
// bidirectional controls, zero-width marks, line separators, variation selectors, tags.
[[nodiscard]] inline bool is_hidden(std::uint32_t code) {
  using namespace hidden_code_points;
  if (code < 0x10000) return (kBits[code / 64] >> code % 64 & 1) != 0;
  for (const Range range : kAbove64K) {
    if (code >= range.first && code <= range.last) return true;
  }
  return false;
}

}  // namespace proctree
