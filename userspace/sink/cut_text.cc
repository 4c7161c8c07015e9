// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "sink/cut_text.hpp"

#include <algorithm>
#include <array>
#include <cstdint>

#include "base/json.hpp"

namespace proctree {

bool is_unescaped(std::string_view text, std::size_t at) {
  std::size_t before = 0;
  while (before < at && text[at - before - 1] == '\\') ++before;
  return before % 2 == 0;
}

std::size_t cut_place(std::string_view text, std::size_t most) {
  if (text.size() <= most) return text.size();
  std::size_t at = most;
  for (std::size_t back = 1; back <= 5 && back <= at; ++back) {
    if (text[at - back] != '\\' || !is_unescaped(text, at - back)) continue;
    const std::size_t length = at - back + 1 < text.size() && text[at - back + 1] == 'u' ? 6 : 2;
    if (length > back) at -= back;
    break;
  }
  // A first surrogate stands for nothing by itself.
  const auto is_high = [&](std::size_t from) {
    return text[from] == '\\' && text[from + 1] == 'u' && (text[from + 2] == 'd' || text[from + 2] == 'D') &&
           std::string_view("89abAB").find(text[from + 3]) != std::string_view::npos &&
           is_unescaped(text, from);
  };
  if (at >= 6 && is_high(at - 6)) at -= 6;
  while (at > 0 && (static_cast<unsigned char>(text[at]) & 0xc0) == 0x80) --at;
  return at;
}

std::string_view decode_base64(std::string_view base64, std::size_t most, std::string& memory) {
  static constexpr std::array<unsigned char, 256> kValues = [] {
    std::array<unsigned char, 256> values{};
    unsigned char value = 0;
    for (const char c : std::string_view("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"))
      values[static_cast<unsigned char>(c)] = value++;
    return values;
  }();
  memory.resize(base64.size() / 4 * 3 + 3);
  std::size_t size = 0;
  std::uint32_t bits = 0;
  unsigned count = 0;
  const auto put = [&](unsigned shift) { memory[size++] = static_cast<char>(bits >> shift & 0xff); };
  for (std::size_t at = 0; at < base64.size() && size < most; ++at) {
    if (base64[at] == '\\') continue;  // of an escaped slash
    if (base64[at] == '=') break;
    bits = bits << 6 | kValues[static_cast<unsigned char>(base64[at])];
    if (++count % 4 != 0) continue;
    for (const unsigned shift : {16U, 8U, 0U}) put(shift);
  }
  if (count % 4 == 2) put(4);
  if (count % 4 == 3) {
    put(10);
    put(2);
  }
  return std::string_view(memory).substr(0, size);
}

std::size_t fitting(std::string_view bytes, bool list, std::size_t limit) {
  std::size_t size = 0;
  std::size_t end = 0;
  for (std::size_t at = 0; at < bytes.size();) {
    const JsonSize next = list && bytes[at] == '\0' ? JsonSize{1, 3} : json_size_at(bytes, at);
    size += next.size;
    at += next.bytes;
    if (size + (at + 2) / 3 * 4 > limit) break;
    end = at;
  }
  return end;
}

std::size_t share_of(std::vector<std::size_t>& sizes, std::size_t left) {
  std::ranges::sort(sizes);
  std::size_t share = 0;
  for (std::size_t i = 0; i < sizes.size(); ++i) {
    share = left / (sizes.size() - i);
    if (sizes[i] > share) break;
    left -= sizes[i];
  }
  return share;
}

}  // namespace proctree
