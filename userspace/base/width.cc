// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "base/width.hpp"

#include <algorithm>

#include "base/ascii_scan.hpp"
#include "base/escape.hpp"
#include "base/width_tables.hpp"

namespace proctree {

namespace {

// One column each.
constexpr std::string_view kCut = "…";
constexpr std::string_view kCutInAscii = ">";
constexpr std::string_view kReset = "\x1b[0m";

// Marks drawn over one character take no column: without a bound on bytes a name of nothing else would
// make an endless line of no width.
constexpr std::size_t kBytesPerColumn = 16;

template <std::size_t N>
bool contains(const std::array<CodeRange, N>& table, std::uint32_t code) {
  const auto range = std::ranges::lower_bound(table, code, {}, &CodeRange::last);
  return range != table.end() && code >= range->first;
}

// One character, or one colour.
struct Unit {
  std::size_t bytes = 0;
  std::size_t columns = 0;
  bool colour = false;
};

Unit unit_at(std::string_view text, std::size_t at) {
  if (text[at] >= 0x20 && text[at] < 0x7f) return {1, 1, false};
  if (text[at] == '\x1b') {
    const std::size_t end = text.find('m', at);
    return {(end == std::string_view::npos ? text.size() : end + 1) - at, 0, true};
  }
  const Utf8Char c = utf8_at(text, at);
  if (c.length == 0) return {1, 1, false};
  return {c.length, width_of(c.code), false};
}

}  // namespace

unsigned width_of(std::uint32_t code) {
  if (code < kZeroWidth.front().first) return 1;
  if (contains(kZeroWidth, code)) return 0;
  return contains(kDoubleWidth, code) ? 2 : 1;
}

std::size_t text_width(std::string_view text) {
  std::size_t columns = 0;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t plain = plain_size<>(text.substr(at));
    columns += plain;
    at += plain;
    if (at == text.size()) break;
    const Unit unit = unit_at(text, at);
    columns += unit.columns;
    at += unit.bytes;
  }
  return columns;
}

std::string wrapped_at_commas(std::string_view text, std::size_t columns) {
  constexpr std::string_view kIndent = "  ";
  std::string out;
  std::size_t used = 0;
  while (!text.empty()) {
    const std::size_t comma = text.find(", ");
    const std::string_view item = text.substr(0, comma == std::string_view::npos ? comma : comma + 1);
    const std::size_t width = text_width(item);
    if (!out.empty() && columns != 0 && used + 1 + width > columns) {
      out.append("\n").append(kIndent);
      used = kIndent.size();
    } else if (!out.empty()) {
      out += ' ';
      ++used;
    }
    out += item;
    used += width;
    text.remove_prefix(std::min(text.size(), item.size() + 1));
  }
  return out;
}

std::size_t append_fitting(std::string& out, std::string_view text, std::size_t columns, Charset charset) {
  if (columns == 0) return 0;
  if (text.size() <= columns && plain_size<>(text) == text.size()) {  // nearly every one
    out += text;
    return text.size();
  }
  std::size_t used = 0;
  std::size_t plain_bytes = 0;
  std::size_t cut = 0;  // up to here the text leaves a column for the ellipsis
  std::size_t cut_columns = 0;
  bool coloured = false;
  bool coloured_at_cut = false;
  for (std::size_t at = 0; at < text.size();) {
    const Unit unit = unit_at(text, at);
    if (!unit.colour) plain_bytes += unit.bytes;
    if (used + unit.columns > columns || plain_bytes > kBytesPerColumn * columns) {
      out.append(text, 0, cut);
      if (coloured_at_cut) out += kReset;
      out += charset == Charset::utf8 ? kCut : kCutInAscii;
      return cut_columns + 1;
    }
    if (unit.colour) coloured = text.substr(at, unit.bytes) != kReset;
    used += unit.columns;
    at += unit.bytes;
    if (used < columns) {
      cut = at;
      cut_columns = used;
      coloured_at_cut = coloured;
    }
  }
  out += text;
  return used;
}

}  // namespace proctree
