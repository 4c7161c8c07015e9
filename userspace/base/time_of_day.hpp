// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// A time of day on the host's local clocks (TZ), and the moments at which they show it: none on a day whose
// clocks skip it, two where they show an hour twice.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace proctree {

class TimeOfDay {
 public:
  // "09:30" or "09:30:05".
  [[nodiscard]] static std::optional<TimeOfDay> parse(std::string_view text);

  // The last such moment that isn't later than this one, and the first that is; in nanoseconds since 1970.
  [[nodiscard]] std::optional<std::int64_t> last_until(std::int64_t realtime_ns) const;
  [[nodiscard]] std::optional<std::int64_t> first_after(std::int64_t realtime_ns) const;
  // For how long clocks show it: a minute, or a second where it has seconds.
  [[nodiscard]] std::int64_t length_ns() const;

 private:
  // All such moments of the days about this one.
  [[nodiscard]] std::vector<std::int64_t> near(std::int64_t realtime_ns) const;

  int hour_ = 0;
  int minute_ = 0;
  std::optional<int> second_;
};

// "2026-03-01 09:30:05 CET", on local clocks.
[[nodiscard]] std::string local_time_text(std::int64_t realtime_ns);

}  // namespace proctree
