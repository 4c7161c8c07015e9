// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// Times as text. Most events share their second with the one before: only the fraction is written again.
#pragma once

#include <array>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>

#include "base/charset.hpp"

namespace proctree {

// Reads RFC 3339 ("2026-03-01T09:30:00.5Z", or with "+01:00" for Z): nanoseconds since 1970. nullopt for
// anything else, and for what such a number can't say (before 1677, after 2262).
[[nodiscard]] std::optional<std::int64_t> parse_time(std::string_view text);

// RFC 3339 in UTC with nanoseconds: "2026-03-01T09:30:00.123456789Z".
class UtcTime {
 public:
  // Valid until the next call.
  [[nodiscard]] std::string_view format(std::int64_t realtime_ns);

 private:
  void format_seconds(std::int64_t seconds);

  std::int64_t seconds_ = std::numeric_limits<std::int64_t>::min();
  std::array<char, 30> text_{};
};

// The host's local time: "2026-03-01 09:30:00.123". What is returned is valid until the next call.
class LocalTime {
 public:
  static constexpr std::size_t kDateWidth = 10;
  static constexpr std::size_t kTimeWidth = 12;
  static constexpr std::size_t kWidth = kDateWidth + 1 + kTimeWidth;

  [[nodiscard]] std::string_view format_with_date(std::int64_t realtime_ns);
  // The time of day alone.
  [[nodiscard]] std::string_view format(std::int64_t realtime_ns) {
    return format_with_date(realtime_ns).substr(kDateWidth + 1);
  }
  // The day alone.
  [[nodiscard]] std::string_view format_date(std::int64_t realtime_ns) {
    return format_with_date(realtime_ns).substr(0, kDateWidth);
  }

 private:
  void format_seconds(std::int64_t seconds);

  std::int64_t seconds_ = std::numeric_limits<std::int64_t>::min();
  std::array<char, kWidth> text_{};
};

// A span of time for people, to about three digits: "812 µs" ("812 us" in ASCII), "27.4 ms", "3.21 s",
// "2 min 3 s", "5 h 12 min", "3 d 4 h".
void append_duration(std::string& out, std::uint64_t ns, Charset charset = Charset::utf8);

}  // namespace proctree
