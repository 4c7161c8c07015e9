// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "schema/json_string.hpp"

#include <cstdint>
#include <optional>

#include "base/ascii_scan.hpp"
#include "base/parse_text.hpp"
#include "base/utf8.hpp"

namespace proctree::schema {

namespace {

constexpr std::uint32_t kReplacement = 0xfffd;

// The unit of `\uXXXX` at the beginning of `text`.
std::optional<std::uint32_t> unit_at(std::string_view text) {
  if (!text.starts_with("\\u") || text.size() < 6) return std::nullopt;
  return parse_number<std::uint32_t>(text.substr(2, 4), 16);
}

// Appends what the escape at the beginning of `text` stands for, and returns its size.
std::size_t append_escaped(std::string& to, std::string_view text) {
  constexpr std::string_view kNames = "\"\\/bfnrt";
  constexpr std::string_view kMeant = "\"\\/\b\f\n\r\t";
  const std::size_t name = text.size() < 2 ? std::string_view::npos : kNames.find(text[1]);
  if (name != std::string_view::npos) {
    to += kMeant[name];
    return 2;
  }
  const auto high = unit_at(text);
  if (!high) {
    to += '\\';
    return 1;
  }
  if (*high < 0xd800 || *high >= 0xe000) {
    append_utf8(to, *high);
    return 6;
  }
  const auto low = *high < 0xdc00 ? unit_at(text.substr(6)) : std::nullopt;
  if (!low || *low < 0xdc00 || *low >= 0xe000) {
    append_utf8(to, kReplacement);
    return 6;
  }
  append_utf8(to, 0x10000 + ((*high - 0xd800) << 10) + (*low - 0xdc00));
  return 12;
}

}  // namespace

std::string_view unescaped(std::string_view inside, std::string& memory) {
  std::size_t at = plain_size<'\\'>(inside);
  if (at == inside.size()) return inside;
  memory.assign(inside, 0, at);
  while (at < inside.size()) {
    if (inside[at] == '\\') {
      at += append_escaped(memory, inside.substr(at));
      continue;
    }
    const Utf8Char c = utf8_at(inside, at);
    if (c.length == 0) {
      append_utf8(memory, kReplacement);
      ++at;
    } else {
      memory.append(inside, at, c.length);
      at += c.length;
    }
  }
  return memory;
}

}  // namespace proctree::schema
