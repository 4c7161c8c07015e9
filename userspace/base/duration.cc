// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "base/duration.hpp"

#include <array>
#include <charconv>
#include <system_error>
#include <utility>

namespace proctree {

namespace {

constexpr double kNsMax = 9.2e18;
constexpr std::array<std::pair<std::string_view, double>, 5> kUnits = {
    {{"d", 86400e9}, {"h", 3600e9}, {"m", 60e9}, {"s", 1e9}, {"ms", 1e6}}};

bool is_decimal(char c) { return c >= '0' && c <= '9'; }

// Takes a number without sign or exponent off the front of `rest`.
std::optional<double> take_number(std::string_view& rest) {
  double number = 0;
  const bool begins = !rest.empty() && (is_decimal(rest[0]) || (rest[0] == '.' && rest.size() > 1));
  const auto [end, error] =
      std::from_chars(rest.data(), rest.data() + rest.size(), number, std::chars_format::fixed);
  if (!begins || error != std::errc()) return std::nullopt;
  rest.remove_prefix(static_cast<std::size_t>(end - rest.data()));
  return number;
}

std::string_view take_unit(std::string_view& rest) {
  std::size_t size = 0;
  while (size < rest.size() && !is_decimal(rest[size]) && rest[size] != '.') ++size;
  const std::string_view unit = rest.substr(0, size);
  rest.remove_prefix(size);
  return unit;
}

}  // namespace

std::optional<std::uint64_t> parse_duration(std::string_view text) {
  double ns = 0;
  std::size_t next = 0;  // of kUnits, from which one may follow
  const bool bare = text.find_first_not_of("0123456789.") == std::string_view::npos;
  do {
    const auto number = take_number(text);
    if (!number) return std::nullopt;
    const std::string_view unit = bare ? "s" : take_unit(text);
    while (next < kUnits.size() && kUnits[next].first != unit) ++next;
    if (next == kUnits.size()) return std::nullopt;
    ns += *number * kUnits[next++].second;
    if (!(ns <= kNsMax)) return std::nullopt;
  } while (!text.empty());
  return static_cast<std::uint64_t>(ns);
}

}  // namespace proctree
