// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "base/time_of_day.hpp"

#include <algorithm>
#include <array>
#include <ctime>
#include <limits>

#include "base/parse_text.hpp"

namespace proctree {

namespace {

constexpr std::int64_t kSecondNs = 1'000'000'000;
constexpr std::int64_t kLatestSecond = std::numeric_limits<std::int64_t>::max() / kSecondNs;

std::time_t seconds_of(std::int64_t realtime_ns) {
  return realtime_ns / kSecondNs - (realtime_ns % kSecondNs < 0 ? 1 : 0);
}

std::optional<int> two_digits(std::string_view text, int most) {
  const auto number = text.size() == 2 ? parse_number<int>(text) : std::nullopt;
  return number && *number >= 0 && *number <= most ? number : std::nullopt;
}

// All moments at which clocks show `wanted`. A clock may be moved by a few hours at most, and by quarters of
// one: mktime(3) finds one of the moments, or one beside the gap.
std::vector<std::time_t> moments_of(const std::tm& wanted) {
  constexpr int kQuarter = 15 * 60;
  constexpr int kQuartersMost = 3 * 4;
  std::tm guess = wanted;
  guess.tm_isdst = -1;
  const std::time_t near = ::mktime(&guess);
  std::vector<std::time_t> moments;
  for (int quarters = -kQuartersMost; quarters <= kQuartersMost; ++quarters) {
    const std::time_t moment = near + quarters * kQuarter;
    std::tm shown{};
    if (::localtime_r(&moment, &shown) != nullptr && shown.tm_year == wanted.tm_year &&
        shown.tm_mon == wanted.tm_mon && shown.tm_mday == wanted.tm_mday && shown.tm_hour == wanted.tm_hour &&
        shown.tm_min == wanted.tm_min && shown.tm_sec == wanted.tm_sec)
      moments.push_back(moment);
  }
  return moments;
}

// The local day that is `days` after that of a moment; its time of day is the caller's to set.
std::optional<std::tm> day_of(std::time_t moment, int days) {
  std::tm day{};
  if (::localtime_r(&moment, &day) == nullptr) return std::nullopt;
  day.tm_mday += days;
  day.tm_hour = 12;  // which every day has
  day.tm_min = day.tm_sec = 0;
  day.tm_isdst = -1;
  ::mktime(&day);
  return day;
}

// A day may lack the moment, but not two in succession.
constexpr int kDaysMost = 2;

}  // namespace

std::optional<TimeOfDay> TimeOfDay::parse(std::string_view text) {
  const auto hour = two_digits(take_until(text, ':'), 23);
  const bool has_seconds = text.find(':') != std::string_view::npos;
  const auto minute = two_digits(take_until(text, ':'), 59);
  if (!hour || !minute) return std::nullopt;
  TimeOfDay time;
  time.hour_ = *hour;
  time.minute_ = *minute;
  if (!has_seconds) return time;
  time.second_ = two_digits(text, 59);
  return time.second_ ? std::optional(time) : std::nullopt;
}

std::vector<std::int64_t> TimeOfDay::near(std::int64_t realtime_ns) const {
  std::vector<std::int64_t> all;
  for (int days = -kDaysMost; days <= kDaysMost; ++days) {
    auto day = day_of(seconds_of(realtime_ns), days);
    if (!day) continue;
    day->tm_hour = hour_;
    day->tm_min = minute_;
    day->tm_sec = second_.value_or(0);
    for (const std::time_t moment : moments_of(*day)) {
      if (moment < kLatestSecond && moment > -kLatestSecond) all.push_back(moment * kSecondNs);
    }
  }
  return all;
}

std::optional<std::int64_t> TimeOfDay::last_until(std::int64_t realtime_ns) const {
  std::optional<std::int64_t> last;
  for (const std::int64_t moment : near(realtime_ns)) {
    if (moment <= realtime_ns) last = std::max(moment, last.value_or(moment));
  }
  return last;
}

std::optional<std::int64_t> TimeOfDay::first_after(std::int64_t realtime_ns) const {
  std::optional<std::int64_t> first;
  for (const std::int64_t moment : near(realtime_ns)) {
    if (moment > realtime_ns) first = std::min(moment, first.value_or(moment));
  }
  return first;
}

std::int64_t TimeOfDay::length_ns() const { return (second_ ? 1 : 60) * kSecondNs; }

std::string local_time_text(std::int64_t realtime_ns) {
  const std::time_t moment = seconds_of(realtime_ns);
  std::tm local{};
  std::array<char, 64> text{};
  if (::localtime_r(&moment, &local) == nullptr) return "?";
  return {text.data(), std::strftime(text.data(), text.size(), "%Y-%m-%d %H:%M:%S %Z", &local)};
}

}  // namespace proctree
