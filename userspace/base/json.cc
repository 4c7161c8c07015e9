// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "base/json.hpp"

#include <algorithm>
#include <array>

#include "base/ascii_scan.hpp"
#include "base/escaper.hpp"

namespace proctree {

namespace {

constexpr std::string_view kReplacement = "\xef\xbf\xbd";  // U+FFFD

// `\uXXXX`
char* put_unit(char* to, std::uint32_t unit) {
  const char text[] = {'\\',
                       'u',
                       kHexDigits[unit >> 12],
                       kHexDigits[unit >> 8 & 15],
                       kHexDigits[unit >> 4 & 15],
                       kHexDigits[unit & 15]};
  std::memcpy(to, text, sizeof text);
  return to + sizeof text;
}

struct JsonRules {
  static constexpr std::size_t kMost = 6;
  static constexpr std::array kSpecials = {'"', '\\'};
  static constexpr AsciiForms kForms = [] {
    AsciiForms forms;
    forms.for_controls([&](std::size_t byte) {
      forms.set(byte, {'\\', 'u', '0', '0', kHexDigits[byte >> 4], kHexDigits[byte & 15]});
    });
    for (const char special : kSpecials) forms.set(static_cast<unsigned char>(special), {'\\', special});
    return forms;
  }();

  static char* put_code(char* to, const char* bytes, Utf8Char c) {
    if (!is_control(c.code) && !is_hidden(c.code)) return put_bytes(to, bytes, c.length);
    if (c.code < 0x10000) return put_unit(to, c.code);
    to = put_unit(to, 0xd800 + ((c.code - 0x10000) >> 10));  // two surrogates
    return put_unit(to, 0xdc00 + ((c.code - 0x10000) & 0x3ff));
  }
  char* put_bad(char* to, unsigned char /*byte*/) {
    valid = false;
    return put_bytes(to, kReplacement.data(), kReplacement.size());
  }

  bool valid = true;
};

// The two letters of base64 that stand for twelve bits.
constexpr std::array<std::array<char, 2>, 4096> kBase64Pairs = [] {
  constexpr std::string_view kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::array<std::array<char, 2>, 4096> pairs{};
  for (std::size_t bits = 0; bits < pairs.size(); ++bits)
    pairs[bits] = {kAlphabet[bits >> 6], kAlphabet[bits & 63]};
  return pairs;
}();

char* put_base64(char* to, std::uint32_t group) {
  std::memcpy(to, kBase64Pairs[group >> 12].data(), 2);
  std::memcpy(to + 2, kBase64Pairs[group & 4095].data(), 2);
  return to + 4;
}

}  // namespace

JsonSize json_size_at(std::string_view text, std::size_t at) {
  const auto byte = static_cast<unsigned char>(text[at]);
  if (byte < 0x80) return {1, JsonRules::kForms.length(byte)};
  const Utf8Char c = utf8_at(text, at);
  if (c.length == 0) return {1, kReplacement.size()};
  if (!is_control(c.code) && !is_hidden(c.code)) return {c.length, c.length};
  return {c.length, c.code < 0x10000 ? 6U : 12U};
}

void JsonWriter::grow(std::size_t bytes) { buffer_.resize(std::max(buffer_.size() * 2, size_ + bytes)); }

std::uint64_t JsonWriter::next_piece(std::size_t index) {
  return ++members_->last_piece * kJsonPiecePlaces + index % kJsonPiecePlaces;
}

// It is noted as a whole, without what was noted while it was written.
void JsonWriter::end_piece(const Noted& before, std::uint64_t number, JsonPiece& piece) {
  piece.number = number;
  piece.exact = std::exchange(members_->exact, before.exact);
  members_->list.resize(before.members);
  members_->elements.resize(before.elements);
  if (size_ > before.begin) note_piece(piece, before.begin);
}

void JsonWriter::note_piece(const JsonPiece& piece, std::size_t begin) {
  members_->exact &= piece.exact;
  if (depth_ == 2) members_->elements.push_back(piece.number);
  if (depth_ != 1) return;
  if (!members_->list.empty() && members_->list.back().value == begin) {
    members_->list.back().piece = piece.number;
  } else {
    members_->list.push_back({begin, 0, piece.number});
  }
}

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

// Most are short and plain.
bool JsonWriter::put_plain(std::string_view text) {
  if (text.size() > kPlainMost) return false;
  char* at = room(text.size() + 3);
  if (comma_) *at++ = ',';
  *at++ = '"';
  char* end = copy_plain<'"', '\\'>(at, text);
  if (end == nullptr) return false;
  *end++ = '"';
  end_at(end);
  comma_ = true;
  return true;
}

JsonWriter::Taken JsonWriter::put_escaped(std::string_view text, std::size_t most) {
  const auto block_at = [&](std::size_t at) { return std::min(text.size(), at + kBlock); };
  const auto room_for = [](std::size_t bytes) { return bytes * JsonRules::kMost + kEscapeSlack; };
  JsonRules rules;
  std::size_t at = 0;
  std::size_t stop = block_at(0);
  char* to = room(room_for(stop) + 3);
  if (comma_) *to++ = ',';
  *to++ = '"';
  while (true) {
    to = escape_some(to, text, at, stop, rules);
    if (at == text.size()) break;
    end_at(to);
    if (size_ > most) break;
    stop = block_at(at);
    to = room(room_for(stop - at) + 1);
  }
  *to++ = '"';
  end_at(to);
  comma_ = true;
  return {at, rules.valid};
}

void JsonWriter::base64(std::string_view bytes) {
  const auto byte = [&](std::size_t i) -> std::uint32_t { return static_cast<unsigned char>(bytes[i]); };
  char* at = room((bytes.size() + 2) / 3 * 4 + 3);
  if (comma_) *at++ = ',';
  *at++ = '"';
  std::size_t i = 0;
  for (; i + 3 <= bytes.size(); i += 3) at = put_base64(at, byte(i) << 16 | byte(i + 1) << 8 | byte(i + 2));
  if (i < bytes.size()) {
    const bool two = i + 2 == bytes.size();
    at = put_base64(at, byte(i) << 16 | (two ? byte(i + 1) << 8 : 0U));
    at[-1] = '=';
    if (!two) at[-2] = '=';
  }
  *at++ = '"';
  end_at(at);
  comma_ = true;
}

void JsonWriter::hex64(std::uint64_t number) {
  char digits[16];
  for (std::size_t i = sizeof digits; i-- > 0; number >>= 4) digits[i] = kHexDigits[number & 15];
  plain({digits, sizeof digits});
}

}  // namespace proctree
