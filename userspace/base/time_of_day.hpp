// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// A time of day on the host's local clocks (TZ), and the times at which they show it: none on a day whose
// clocks skip it, two where they show an hour twice.
#pragma once

#include <cstdint>
#include <ctime>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace proctree {

class TimeOfDay {
 public:
  // "9:30", "09:30:05" or "09:30:05.123".
  [[nodiscard]] static std::optional<TimeOfDay> parse(std::string_view text);

  // The last such time that isn't later than this one, and the first that is; in nanoseconds since 1970.
  [[nodiscard]] std::optional<std::int64_t> last_until(std::int64_t realtime_ns) const;
  [[nodiscard]] std::optional<std::int64_t> first_after(std::int64_t realtime_ns) const;
  // For how long clocks show it: a minute, a second, or as long as the last digit of its fraction stands for.
  [[nodiscard]] std::int64_t length_ns() const { return length_ns_; }
  // What the last digit of a fraction leaves open; 0 without one.
  [[nodiscard]] std::int64_t open_ns() const;
  // All such times of a local day, of which the year, the month and the day of the month count.
  [[nodiscard]] std::vector<std::int64_t> on_day(std::tm day) const;

 private:
  // All such times of the days around this one.
  [[nodiscard]] std::vector<std::int64_t> near(std::int64_t realtime_ns) const;

  int hour_ = 0;
  int minute_ = 0;
  int second_ = 0;
  std::int64_t fraction_ns_ = 0;
  std::int64_t length_ns_ = 0;
};

// A time by local clocks, in nanoseconds since 1970.
struct LocalMoment {
  std::int64_t realtime_ns = 0;
  std::int64_t open_ns = 0;  // what the last digit of its fraction leaves open
};
// Reads what text output and notices show: "2026-03-01 09:30:05.123", with T for the space, without the
// fraction or the seconds, with the zone's abbreviation behind it. Of an hour that comes twice and without a
// zone it is the first. nullopt for anything else and for a time that clocks skip.
[[nodiscard]] std::optional<LocalMoment> parse_local_time(std::string_view text);

// "2026-03-01 09:30:05 CET", on local clocks.
[[nodiscard]] std::string local_time_text(std::int64_t realtime_ns);

}  // namespace proctree
