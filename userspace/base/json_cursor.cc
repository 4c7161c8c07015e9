// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "base/json_cursor.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <limits>

#include "base/ascii_scan.hpp"
#include "base/escape.hpp"
#include "base/utf8.hpp"

namespace proctree {

namespace {

constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }

// The value of each base64 character; 64 for what is none.
constexpr std::array<unsigned char, 256> kBase64 = [] {
  std::array<unsigned char, 256> values{};
  values.fill(64);
  unsigned char value = 0;
  for (const char c : std::string_view("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"))
    values[static_cast<unsigned char>(c)] = value++;
  return values;
}();

}  // namespace

void JsonCursor::start(std::string_view text) {
  at_ = text.data();
  end_ = at_ + text.size();
  why_ = nullptr;
  fresh_ = false;
  used_ = 0;
  if (memory_.size() < text.size()) memory_.resize(text.size());
}

bool JsonCursor::refuse(const char* why) {
  if (why_ == nullptr) why_ = why;
  at_ = end_;
  return false;
}

// For `size` bytes made of a string of the text; nullptr: there is no room.
char* JsonCursor::room(std::size_t size) {
  if (size > memory_.size() - used_) {
    refuse("a string is longer than its text");
    return nullptr;
  }
  char* const begin = memory_.data() + used_;
  used_ += size;
  return begin;
}

char JsonCursor::peek_beyond_blanks() {
  while (at_ != end_ && (*at_ == ' ' || *at_ == '\t' || *at_ == '\n' || *at_ == '\r')) ++at_;
  return at_ == end_ ? '\0' : *at_;
}

bool JsonCursor::take(char wanted, const char* why) {
  if (peek() != wanted || at_ == end_) return refuse(why);
  ++at_;
  return true;
}

bool JsonCursor::begin_object() {
  fresh_ = true;
  return take('{', "an object is expected");
}

bool JsonCursor::begin_array() {
  fresh_ = true;
  return take('[', "an array is expected");
}

bool JsonCursor::next_key(std::string_view& key) {
  const bool first = fresh_;
  fresh_ = false;
  const char next = peek();
  if (next == '}') {
    ++at_;
    return false;
  }
  if (!first) {
    if (next != ',') return refuse("a comma or the end of the object is expected");
    ++at_;
  }
  return string(key) && take(':', "a colon is expected");
}

bool JsonCursor::next_element() {
  const bool first = fresh_;
  fresh_ = false;
  const char next = peek();
  if (next == ']') {
    ++at_;
    return false;
  }
  if (first) return at_ != end_ || refuse("the array has no end");
  return take(',', "a comma or the end of the array is expected");
}

// To the first byte that is not ASCII, a control character, DEL, `"` or `\`; or the text's end.
[[gnu::always_inline]] inline void JsonCursor::find_end_of_plain() {
  at_ += plain_size<'"', '\\'>({at_, static_cast<std::size_t>(end_ - at_)});
}

bool JsonCursor::string(std::string_view& out) {
  if (!take('"', "a string is expected")) return false;
  const char* const begin = at_;
  find_end_of_plain();
  if (at_ == end_ || *at_ != '"') return string_with_more(begin, out);
  out = {begin, static_cast<std::size_t>(at_ - begin)};
  ++at_;
  return true;
}

// The string from `begin` on, of which what stands before the cursor is plain.
bool JsonCursor::string_with_more(const char* begin, std::string_view& out) {
  const char* run = begin;  // from here on nothing has been copied
  const char* const copied = memory_.data() + used_;
  bool escaped = false;
  for (;; find_end_of_plain()) {
    if (at_ == end_) return refuse("a string has no end");
    if (*at_ == '"') break;
    if (*at_ == '\\') {
      escaped = true;
      if (!copy(run, static_cast<std::size_t>(at_ - run)) || !unescape()) return false;
      run = at_;
      continue;
    }
    if (static_cast<unsigned char>(*at_) < 0x20) return refuse("a string holds a control character");
    const Utf8Char c = utf8_at({at_, static_cast<std::size_t>(end_ - at_)}, 0);
    if (c.length == 0) return refuse("a string is not valid UTF-8");
    at_ += c.length;
  }
  const auto rest = static_cast<std::size_t>(at_ - run);
  if (escaped) {
    if (!copy(run, rest)) return false;
    out = {copied, static_cast<std::size_t>(memory_.data() + used_ - copied)};
  } else {
    out = {run, rest};
  }
  ++at_;
  return true;
}

// Where the string was copied already, its bytes take the place of the copy.
bool JsonCursor::base64(std::string_view& out) {
  const std::size_t before = used_;
  std::string_view text;
  if (!string(text)) return false;
  if (text.size() % 4 != 0) return refuse("that is no base64");
  used_ = before;
  char* const begin = room(text.size() / 4 * 3);
  if (begin == nullptr) return false;
  char* at = begin;
  std::size_t padding = 0;
  for (std::size_t i = 0; i < text.size(); i += 4) {
    std::uint32_t group = 0;
    for (std::size_t k = 0; k < 4; ++k) {
      const char c = text[i + k];
      const bool pads = c == '=' && i + 4 == text.size() && k >= 2;
      const unsigned char value = pads ? 0 : kBase64[static_cast<unsigned char>(c)];
      if (value == 64 || (padding != 0 && !pads)) return refuse("that is no base64");
      padding += pads ? 1 : 0;
      group = group << 6 | value;
    }
    for (const unsigned shift : {16U, 8U, 0U}) *at++ = static_cast<char>(group >> shift & 0xff);
  }
  out = {begin, static_cast<std::size_t>(at - begin) - padding};
  return true;
}

bool JsonCursor::copy(const char* from, std::size_t size) {
  char* const to = room(size);
  if (to == nullptr) return false;
  std::memcpy(to, from, size);
  return true;
}

bool JsonCursor::copy_utf8(std::uint32_t code) {
  std::array<char, kUtf8Most> bytes{};
  return copy(bytes.data(), static_cast<std::size_t>(put_utf8(bytes.data(), code) - bytes.data()));
}

bool JsonCursor::hex4(std::uint32_t& out) {
  if (end_ - at_ < 4) return refuse("a \\u escape is cut off");
  out = 0;
  for (int i = 0; i < 4; ++i) {
    const char c = *at_++;
    std::uint32_t digit = 0;
    if (is_digit(c)) {
      digit = static_cast<std::uint32_t>(c - '0');
    } else if ((c | 0x20) >= 'a' && (c | 0x20) <= 'f') {
      digit = static_cast<std::uint32_t>((c | 0x20) - 'a') + 10;
    } else {
      return refuse("a \\u escape has four hex digits");
    }
    out = out << 4 | digit;
  }
  return true;
}

// What `\` begins.
bool JsonCursor::unescape() {
  static constexpr std::string_view kNames = "\"\\/bfnrt";
  static constexpr std::string_view kMeant = "\"\\/\b\f\n\r\t";
  ++at_;
  if (at_ == end_) return refuse("a string has no end");
  const char name = *at_++;
  if (name != 'u') {
    const std::size_t which = kNames.find(name);
    if (which == std::string_view::npos) return refuse("an escape that JSON doesn't have");
    return copy(&kMeant[which], 1);
  }
  std::uint32_t code = 0;
  if (!hex4(code)) return false;
  if (code >= 0xdc00 && code < 0xe000) return refuse("half of a surrogate pair");
  if (code >= 0xd800 && code < 0xdc00) {
    std::uint32_t low = 0;
    if (end_ - at_ < 2 || at_[0] != '\\' || at_[1] != 'u') return refuse("half of a surrogate pair");
    at_ += 2;
    if (!hex4(low)) return false;
    if (low < 0xdc00 || low >= 0xe000) return refuse("half of a surrogate pair");
    code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
  }
  return copy_utf8(code);
}

bool JsonCursor::number(std::uint64_t& out) {
  if (!is_digit(peek())) return refuse("a whole number is expected");
  if (*at_ == '0' && end_ - at_ > 1 && is_digit(at_[1])) return refuse("a number begins with 0");
  std::uint64_t value = 0;
  constexpr std::ptrdiff_t kNeverTooLarge = 19;  // digits
  const char* const sure = at_ + std::min(end_ - at_, kNeverTooLarge);
  for (; at_ != sure && is_digit(*at_); ++at_) value = value * 10 + static_cast<std::uint64_t>(*at_ - '0');
  for (; at_ != end_ && is_digit(*at_); ++at_) {
    const auto digit = static_cast<std::uint64_t>(*at_ - '0');
    constexpr std::uint64_t kMost = std::numeric_limits<std::uint64_t>::max();
    if (value > kMost / 10 || value * 10 > kMost - digit) return refuse("a number is too large");
    value = value * 10 + digit;
  }
  if (at_ != end_ && (*at_ == '.' || *at_ == 'e' || *at_ == 'E')) return refuse("a whole number is expected");
  out = value;
  return true;
}

bool JsonCursor::number(std::int64_t& out) {
  const bool negative = peek() == '-';
  if (negative && (++at_ == end_ || !is_digit(*at_))) return refuse("a whole number is expected");
  std::uint64_t value = 0;
  if (!number(value)) return false;
  constexpr auto kMost = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
  if (value > kMost) return refuse("a number is too large");
  out = negative ? -static_cast<std::int64_t>(value) : static_cast<std::int64_t>(value);
  return true;
}

bool JsonCursor::literal(std::string_view text) {
  if (!std::string_view(at_, static_cast<std::size_t>(end_ - at_)).starts_with(text))
    return refuse("a value is expected");
  at_ += text.size();
  return true;
}

bool JsonCursor::boolean(bool& out) {
  const char first = peek();
  if (first != 't' && first != 'f') return refuse("true or false is expected");
  out = first == 't';
  return literal(out ? "true" : "false");
}

bool JsonCursor::skip_digits() {
  if (at_ == end_ || !is_digit(*at_)) return refuse("a number lacks digits");
  while (at_ != end_ && is_digit(*at_)) ++at_;
  return true;
}

bool JsonCursor::skip_number() {
  if (*at_ == '-') ++at_;
  if (end_ - at_ > 1 && at_[0] == '0' && is_digit(at_[1])) return refuse("a number begins with 0");
  if (!skip_digits()) return false;
  if (at_ != end_ && *at_ == '.') {
    ++at_;
    if (!skip_digits()) return false;
  }
  if (at_ != end_ && (*at_ == 'e' || *at_ == 'E')) {
    ++at_;
    if (at_ != end_ && (*at_ == '+' || *at_ == '-')) ++at_;
    return skip_digits();
  }
  return true;
}

bool JsonCursor::skip() {
  std::string_view ignored;
  std::uint64_t objects = 0;  // a bit a level, the innermost is the lowest: is it an object?
  unsigned depth = 0;
  do {
    const char first = peek();
    bool good = true;
    if (first == '{' || first == '[') {
      if (depth == kDepthMax) return refuse("values are nested too deeply");
      ++depth;
      objects = objects << 1 | (first == '{' ? 1U : 0U);
      ++at_;
      fresh_ = true;
    } else if (first == '"') {
      good = string(ignored);
    } else if (first == '-' || is_digit(first)) {
      good = skip_number();
    } else {
      good = literal(first == 't' ? "true" : first == 'f' ? "false" : "null");
    }
    // Whatever has no further value ends.
    while (good && depth != 0 && !((objects & 1U) != 0 ? next_key(ignored) : next_element())) {
      good = !failed();
      --depth;
      objects >>= 1;
    }
    if (!good) return false;
  } while (depth != 0);
  return true;
}

bool JsonCursor::raw(std::string_view& out) {
  peek();
  const char* const begin = at_;
  if (!skip()) return false;
  out = {begin, static_cast<std::size_t>(at_ - begin)};
  return true;
}

std::string_view JsonCursor::rest() {
  peek();
  return {at_, static_cast<std::size_t>(end_ - at_)};
}

bool JsonCursor::end() {
  if (failed()) return false;
  peek();
  return at_ == end_ || refuse("something follows the object");
}

}  // namespace proctree
