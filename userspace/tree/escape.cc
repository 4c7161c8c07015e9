// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "tree/escape.hpp"

#include <algorithm>
#include <array>

namespace proctree {

namespace {

constexpr unsigned char byte_of(char c) { return static_cast<unsigned char>(c); }

constexpr bool is_plain_ascii(char c) { return c >= 0x20 && c < 0x7f; }

struct Range {
  std::uint32_t first;
  std::uint32_t last;
};

// Default_Ignorable_Code_Point and Bidi_Control of Unicode, with the line and paragraph separators,
// the interlinear marks and the Hangul fillers, which look like blanks.
constexpr std::array kHidden = {
    Range{0x00ad, 0x00ad},   Range{0x034f, 0x034f}, Range{0x061c, 0x061c},   Range{0x115f, 0x1160},
    Range{0x17b4, 0x17b5},   Range{0x180b, 0x180f}, Range{0x200b, 0x200f},   Range{0x2028, 0x202e},
    Range{0x2060, 0x206f},   Range{0x3164, 0x3164}, Range{0xfe00, 0xfe0f},   Range{0xfeff, 0xfeff},
    Range{0xffa0, 0xffa0},   Range{0xfff0, 0xfffb}, Range{0x1bca0, 0x1bca3}, Range{0x1d173, 0x1d17a},
    Range{0xe0000, 0xe0fff},
};

// Appends `text`, and what `keeps(code point)` refuses as \xHH. Bytes of bad UTF-8 are always refused.
template <class Keeps>
void append_escaped(std::string& out, std::string_view text, Keeps keeps) {
  std::size_t at = 0;
  while (at < text.size()) {
    std::size_t run = at;
    while (run < text.size() && is_plain_ascii(text[run]) && keeps(byte_of(text[run]))) ++run;
    out.append(text, at, run - at);
    at = run;
    if (at == text.size()) break;
    const Utf8Char c = utf8_at(text, at);
    const std::string_view bytes = text.substr(at, std::max<std::size_t>(c.length, 1));
    if (c.length != 0 && !is_control(c.code) && keeps(c.code)) {
      out.append(bytes);
    } else {
      append_hex_escapes(out, bytes);
    }
    at += bytes.size();
  }
}

// What no shell gives a meaning to, anywhere in a word.
constexpr std::array<bool, 256> kBare = [] {
  std::array<bool, 256> bare{};
  for (const char c :
       std::string_view("%+,-./0123456789:=@ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz")) {
    bare[byte_of(c)] = true;
  }
  return bare;
}();

constexpr bool is_bare(char c) { return kBare[byte_of(c)]; }

// Inside '…' all stands for itself but the quote; what a terminal must not get cannot stand there.
bool fits_single_quotes(std::string_view text) {
  for (std::size_t at = 0; at < text.size();) {
    const Utf8Char c = utf8_at(text, at);
    if (c.length == 0 || c.code == '\'' || is_control(c.code) || is_hidden(c.code)) return false;
    at += c.length;
  }
  return true;
}

void append_ansi_c_quoted(std::string& out, std::string_view text) {
  out += "$'";
  for (std::size_t at = 0; at < text.size();) {
    const Utf8Char c = utf8_at(text, at);
    const std::string_view bytes = text.substr(at, std::max<std::size_t>(c.length, 1));
    at += bytes.size();
    if (c.length == 0) {
      append_hex_escapes(out, bytes);
    } else if (c.code == '\'' || c.code == '\\') {
      out += '\\';
      out += bytes;
    } else if (c.code == '\n') {
      out += "\\n";
    } else if (c.code == '\t') {
      out += "\\t";
    } else if (c.code == '\r') {
      out += "\\r";
    } else if (is_control(c.code) || is_hidden(c.code)) {
      append_hex_escapes(out, bytes);
    } else {
      out += bytes;
    }
  }
  out += '\'';
}

}  // namespace

Utf8Char utf8_at(std::string_view text, std::size_t at) {
  // Past the end reads as 0, which no sequence continues with.
  const auto byte = [&](std::size_t i) -> std::uint32_t {
    return at + i < text.size() ? byte_of(text[at + i]) : 0u;
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

bool is_utf8(std::string_view text) {
  for (std::size_t at = 0; at < text.size();) {
    const Utf8Char c = utf8_at(text, at);
    if (c.length == 0) return false;
    at += c.length;
  }
  return true;
}

bool is_hidden(std::uint32_t code) {
  if (code < kHidden.front().first) return false;
  const auto range = std::ranges::lower_bound(kHidden, code, {}, &Range::last);
  return range != kHidden.end() && code >= range->first;
}

void append_hex_escapes(std::string& out, std::string_view bytes) {
  static constexpr std::string_view kHex = "0123456789abcdef";
  for (const char c : bytes) {
    const char escape[] = {'\\', 'x', kHex[byte_of(c) >> 4], kHex[byte_of(c) & 15u]};
    out.append(escape, sizeof escape);
  }
}

void append_chain_field(std::string& out, std::string_view text) {
  append_escaped(out, text, [](std::uint32_t code) { return code != '|' && code != ';' && code != '\\'; });
}

void append_visible(std::string& out, std::string_view text) {
  append_escaped(out, text, [](std::uint32_t code) { return code != '\\' && !is_hidden(code); });
}

void append_shell_word(std::string& out, std::string_view text) {
  if (!text.empty() && std::ranges::all_of(text, is_bare)) {
    out += text;
  } else if (fits_single_quotes(text)) {
    out += '\'';
    out += text;
    out += '\'';
  } else {
    append_ansi_c_quoted(out, text);
  }
}

}  // namespace proctree
