// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "history/postgres_text.hpp"

#include <cstddef>
#include <cstdint>

#include "base/utf8.hpp"

namespace proctree {

namespace {

constexpr std::uint32_t kFirst = 0x10ff00;  // up to 0x10ffff: F4 8F BC 80 to F4 8F BF BF
constexpr std::size_t kSize = 4;

void append_byte(std::string& out, char c) {
  const auto byte = static_cast<unsigned char>(c);
  out += "\xf4\x8f";
  out += static_cast<char>(0xbc + (byte >> 6U));
  out += static_cast<char>(0x80 + (byte & 0x3fU));
}

}  // namespace

void encode_postgres_text(std::string_view bytes, std::string& out) {
  out.clear();
  for (std::size_t at = 0; at < bytes.size();) {
    const Utf8Char found = utf8_at(bytes, at);
    // What looks like an encoded byte is encoded too, byte by byte.
    if (found.length == 0 || found.code == 0 || found.code >= kFirst) {
      append_byte(out, bytes[at++]);
    } else {
      out.append(bytes, at, found.length);
      at += found.length;
    }
  }
}

std::string_view decode_postgres_text(std::string_view text, std::string& room) {
  constexpr std::string_view kBegin = "\xf4\x8f";
  if (text.find(kBegin) == std::string_view::npos) return text;
  room.clear();
  for (std::size_t at = 0; at < text.size();) {
    const Utf8Char found = utf8_at(text, at);
    if (found.length == kSize && found.code >= kFirst) {
      room += static_cast<char>(found.code - kFirst);
      at += kSize;
    } else {
      room += text[at++];
    }
  }
  return room;
}

}  // namespace proctree
