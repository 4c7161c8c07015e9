// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// Numbers, words and fields taken from text without a copy.
#pragma once

#include <charconv>
#include <optional>
#include <string_view>
#include <system_error>

namespace proctree {

// Takes the text up to `separator` (and that too) off the front of `rest`; all of it where there is none.
inline std::string_view take_until(std::string_view& rest, char separator) {
  const std::size_t end = rest.find(separator);
  const std::string_view field = rest.substr(0, end);
  rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
  return field;
}

// Is `wanted` one of the fields of `list`? An empty list has none.
[[nodiscard]] inline bool has_field(std::string_view list, char separator, std::string_view wanted) {
  while (!list.empty()) {
    if (take_until(list, separator) == wanted) return true;
  }
  return false;
}

[[nodiscard]] constexpr bool is_digits(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

// The number that is all of `text`.
template <class Number>
[[nodiscard]] std::optional<Number> parse_number(std::string_view text, int base = 10) {
  Number value{};
  const char* end = text.data() + text.size();
  const auto result = std::from_chars(text.data(), end, value, base);
  if (result.ec != std::errc{} || result.ptr != end) return std::nullopt;
  return value;
}

// The words of a line between blanks, one after the other.
class Words {
 public:
  explicit Words(std::string_view text) : rest_(text) {}
  std::string_view next() {
    while (!rest_.empty() && is_blank(rest_.front())) rest_.remove_prefix(1);
    std::size_t end = 0;
    while (end < rest_.size() && !is_blank(rest_[end]) && rest_[end] != '\n') ++end;
    const std::string_view word = rest_.substr(0, end);
    rest_.remove_prefix(end);
    return word;
  }
  template <class Number>
  bool next(Number& value, int base = 10) {
    const auto number = parse_number<Number>(next(), base);
    if (number) value = *number;
    return number.has_value();
  }
  void skip(int count) {
    while (count-- > 0) next();
  }

 private:
  [[nodiscard]] static bool is_blank(char c) { return c == ' ' || c == '\t'; }

  std::string_view rest_;
};

}  // namespace proctree
