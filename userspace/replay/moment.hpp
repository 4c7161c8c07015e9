// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// Times in a recording, and how options name them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/time_of_day.hpp"
#include "proctree/error.hpp"
#include "replay/recorded_line.hpp"
#include "replay/recording_reader.hpp"

namespace proctree {

// By the wall clock of a recording's host, or by its boot clock.
struct Moment {
  std::int64_t realtime_ns = 0;
  std::optional<std::uint64_t> ktime_ns;
  std::int64_t open_ns = 0;  // "09:30:05.123" is a millisecond long: a line that text shows with it is in it

  [[nodiscard]] bool is_before(const RecordedLine& line) const {
    return ktime_ns ? *ktime_ns < line.ktime_ns : realtime_ns + open_ns < line.realtime_ns;
  }
  [[nodiscard]] bool is_after(const RecordedLine& line) const {
    return ktime_ns ? *ktime_ns > line.ktime_ns : realtime_ns > line.realtime_ns;
  }
};

// "10m ago": before the recording's end.
struct TimeBeforeEnd {
  std::uint64_t ns = 0;
};

// An option that names a time.
struct MomentOption {
  std::string name;  // as the user wrote both
  std::string text;
  std::variant<Moment, TimeOfDay, TimeBeforeEnd> value;

  // The time that is meant is known only once all of the recording has been read.
  [[nodiscard]] bool needs_recording() const { return !std::holds_alternative<Moment>(value); }
};
[[nodiscard]] Result<MomentOption> parse_moment(std::string name, std::string text);

// Finds the times that are meant, from the times of a recording's lines in their order: of a time of day the
// last occurrence. A clock that is set back may repeat a time.
class MomentSearch {
 public:
  explicit MomentSearch(const MomentOption& option) : option_(option) {}

  void note(std::int64_t realtime_ns);
  [[nodiscard]] Result<Moment> found() const;

 private:
  void enter(const TimeOfDay& time, std::int64_t realtime_ns);

  const MomentOption& option_;
  std::optional<std::int64_t> first_;  // of the lines
  std::int64_t last_ = 0;
  // Of a time of day: its occurrences around the last line, and the last that was passed.
  std::optional<std::int64_t> before_;
  std::optional<std::int64_t> after_;
  std::optional<std::int64_t> passed_;
};

// What the options mean in this recording, in their order. It is read to its end where one needs that: then
// it can't be read on.
[[nodiscard]] Result<std::vector<Moment>> find_moments(const std::vector<MomentOption>& options,
                                                       RecordingReader& reader);

}  // namespace proctree
