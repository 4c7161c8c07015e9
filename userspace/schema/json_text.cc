// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "schema/json_text.hpp"

#include <array>

#include "base/parse_text.hpp"

namespace proctree::schema {

namespace {

constexpr std::string_view kExactMostDigits = "9007199254740992";  // kExactMost
constexpr std::size_t kLongNumber = kExactMostDigits.size();

constexpr std::array<bool, 256> kEndsScalar = [] {
  std::array<bool, 256> ends{};
  for (const char c : {',', '}', ']', ' ', '\t', '\r', '\n'}) ends[static_cast<unsigned char>(c)] = true;
  return ends;
}();

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool begins_number(char c) { return is_digit(c) || c == '-'; }

std::size_t number_size(std::string_view text) {
  std::size_t size = 0;
  while (size < text.size() && (begins_number(text[size]) || text[size] == '+' || text[size] == '.' ||
                                text[size] == 'e' || text[size] == 'E'))
    ++size;
  return size;
}

// Whether a run of digits is above kExactMost. A run of kLongNumber digits holds one of the
// characters looked at.
bool has_inexact_digits(std::string_view text) {
  for (std::size_t at = kLongNumber - 1; at < text.size(); at += kLongNumber) {
    if (!is_digit(text[at])) continue;
    std::size_t begin = at;
    std::size_t end = at;
    while (begin > 0 && is_digit(text[begin - 1])) --begin;
    while (end < text.size() && is_digit(text[end])) ++end;
    if (end - begin < kLongNumber) continue;
    if (end - begin > kLongNumber || text.substr(begin, kLongNumber) > kExactMostDigits) return true;
  }
  return false;
}

// Each number by itself, all else as it stands.
std::string with_exact_numbers(std::string_view text) {
  std::string out;
  bool quoted = false;
  for (std::size_t at = 0; at < text.size();) {
    const char c = text[at];
    if (quoted && c == '\\') {
      out += text.substr(at, 2);
      at += 2;
      continue;
    }
    if (c == '"') quoted = !quoted;
    if (quoted || !begins_number(c)) {
      out += c;
      ++at;
      continue;
    }
    const std::string_view number = text.substr(at, number_size(text.substr(at)));
    const bool exact = is_exact(number);
    if (!exact) out += '"';
    out += number;
    if (!exact) out += '"';
    at += number.size();
  }
  return out;
}

}  // namespace

const char* JsonText::past_value(const char* at, const char* end) {
  if (*at == '"') return past_string(at, end);
  if (*at != '{' && *at != '[') {
    while (at != end && !kEndsScalar[static_cast<unsigned char>(*at)]) ++at;
    return at;
  }
  for (std::size_t depth = 0; at != end;) {
    const char c = *at;
    if (c == '"') {
      at = past_string(at, end);
      continue;
    }
    ++at;
    if (c == '{' || c == '[') ++depth;
    if ((c == '}' || c == ']') && --depth == 0) return at;
  }
  return end;
}

bool is_exact(std::string_view number) {
  if (number.find_first_of("eE") != std::string_view::npos) return false;
  if (number.size() < kLongNumber) return true;
  if (number.starts_with('-')) number.remove_prefix(1);
  if (number.size() < kLongNumber) return true;
  const auto value = parse_number<std::uint64_t>(number);
  return value && *value <= kExactMost;
}

bool passes_unchanged(std::string_view value, bool ours) {
  if (value.empty()) return false;
  // This program writes no exponents.
  if (begins_number(value[0])) return (ours && value.size() < kLongNumber) || is_exact(value);
  const bool nested = value[0] == '{' || value[0] == '[';
  return !nested || (ours && !has_inexact_digits(value));
}

void put_value(JsonWriter& json, std::string_view value, bool ours) {
  if (passes_unchanged(value, ours)) return json.repeat(value);
  if (value.empty()) return json.repeat("null");
  if (begins_number(value[0])) return json.plain(value);
  json.repeat(with_exact_numbers(value));
}

}  // namespace proctree::schema
