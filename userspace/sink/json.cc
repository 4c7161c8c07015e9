// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "sink/json.hpp"

#include <algorithm>

#include "tree/escape.hpp"

namespace proctree {

namespace {

constexpr std::string_view kHex = "0123456789abcdef";
constexpr std::string_view kReplacement = "\xef\xbf\xbd";  // U+FFFD

constexpr bool is_plain(char c) { return c >= 0x20 && c < 0x7f && c != '"' && c != '\\'; }

// True where one of the eight bytes needs a look: not ASCII, a control character, DEL, `"` or `\`. The
// usual tests for a zero byte; they may fire without cause only above a byte that does need a look.
bool needs_look(std::uint64_t eight) {
  constexpr std::uint64_t kOnes = 0x0101010101010101;
  constexpr std::uint64_t kHighs = 0x8080808080808080;
  const auto zero_byte = [](std::uint64_t word) { return (word - kOnes) & ~word; };
  const std::uint64_t below_space = eight - kOnes * 0x20;
  return ((eight | below_space | zero_byte(eight ^ kOnes * '"') | zero_byte(eight ^ kOnes * '\\') |
           zero_byte(eight ^ kOnes * 0x7f)) &
          kHighs) != 0;
}

// Copies what begins `text` and needs no escape; answers its length. There is room at `to` for all of it.
std::size_t copy_plain(char* to, std::string_view text) {
  std::size_t at = 0;
  while (at + sizeof(std::uint64_t) <= text.size()) {
    std::uint64_t eight = 0;
    std::memcpy(&eight, text.data() + at, sizeof eight);
    if (needs_look(eight)) break;
    std::memcpy(to + at, &eight, sizeof eight);
    at += sizeof eight;
  }
  for (; at < text.size() && is_plain(text[at]); ++at) to[at] = text[at];
  return at;
}

}  // namespace

void JsonWriter::grow(std::size_t bytes) { buffer_.resize(std::max(buffer_.size() * 2, size_ + bytes)); }

void JsonWriter::ascii_literal(std::string_view text) {
  if (comma_) append(",");
  append(text);
  comma_ = true;
}

void JsonWriter::plain(std::string_view text) {
  char* at = room(text.size() + 3);
  if (comma_) *at++ = ',';
  *at++ = '"';
  std::memcpy(at, text.data(), text.size());
  at += text.size();
  *at++ = '"';
  end_at(at);
  comma_ = true;
}

bool JsonWriter::string(std::string_view text) {
  append(comma_ ? ",\"" : "\"");
  bool valid = true;
  for (std::size_t at = 0; at < text.size();) {
    char* to = room(text.size() - at);
    const std::size_t run = copy_plain(to, text.substr(at));
    end_at(to + run);
    at += run;
    if (at == text.size()) break;
    const Utf8Char c = utf8_at(text, at);
    if (c.length == 0) {
      append(kReplacement);
      valid = false;
    } else if (c.code == '"') {
      append("\\\"");
    } else if (c.code == '\\') {
      append("\\\\");
    } else if (is_control(c.code) || is_hidden(c.code)) {
      append_unicode_escape(c.code);
    } else {
      append(text.substr(at, c.length));
    }
    at += c.length == 0 ? 1 : c.length;
  }
  append("\"");
  comma_ = true;
  return valid;
}

void JsonWriter::append_unicode_escape(std::uint32_t code) {
  const auto escape = [this](std::uint32_t unit) {
    const char text[] = {'\\',           'u', kHex[unit >> 12], kHex[unit >> 8 & 15], kHex[unit >> 4 & 15],
                         kHex[unit & 15]};
    append({text, sizeof text});
  };
  if (code < 0x10000) {
    escape(code);
  } else {  // two surrogates
    escape(0xd800 + ((code - 0x10000) >> 10));
    escape(0xdc00 + ((code - 0x10000) & 0x3ff));
  }
}

void JsonWriter::base64(std::string_view bytes) {
  static constexpr std::string_view kAlphabet =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  char* at = room((bytes.size() + 2) / 3 * 4 + 3);
  if (comma_) *at++ = ',';
  *at++ = '"';
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    const auto byte = [&](std::size_t k) -> std::uint32_t {
      return i + k < bytes.size() ? static_cast<unsigned char>(bytes[i + k]) : 0u;
    };
    const std::uint32_t group = byte(0) << 16 | byte(1) << 8 | byte(2);
    *at++ = kAlphabet[group >> 18];
    *at++ = kAlphabet[group >> 12 & 63];
    *at++ = i + 1 < bytes.size() ? kAlphabet[group >> 6 & 63] : '=';
    *at++ = i + 2 < bytes.size() ? kAlphabet[group & 63] : '=';
  }
  *at++ = '"';
  end_at(at);
  comma_ = true;
}

void JsonWriter::hex64(std::uint64_t number) {
  char digits[16];
  for (std::size_t i = sizeof digits; i-- > 0; number >>= 4) digits[i] = kHex[number & 15];
  plain({digits, sizeof digits});
}

}  // namespace proctree
