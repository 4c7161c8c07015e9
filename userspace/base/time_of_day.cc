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

// A number of that many digits.
std::optional<int> digits(std::string_view text, std::size_t least, std::size_t most, int greatest) {
  if (text.size() < least || text.size() > most) return std::nullopt;
  if (text.find_first_not_of("0123456789") != std::string_view::npos) return std::nullopt;
  const auto number = parse_number<int>(text);
  return number && *number <= greatest ? number : std::nullopt;
}

// All times at which clocks show `wanted`. A clock may be moved by a few hours at most, and by quarters of
// one: mktime(3) finds one of the times, or one beside the gap.
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

// The local day that is `days` after that of a time; its time of day is the caller's to set.
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

// One day may lack that time of day, but not two in succession.
constexpr int kDaysMost = 2;

}  // namespace

std::optional<TimeOfDay> TimeOfDay::parse(std::string_view text) {
  const auto hour = digits(take_until(text, ':'), 1, 2, 23);
  const bool has_seconds = text.find(':') != std::string_view::npos;
  const auto minute = digits(take_until(text, ':'), 2, 2, 59);
  if (!hour || !minute) return std::nullopt;
  TimeOfDay time;
  time.hour_ = *hour;
  time.minute_ = *minute;
  time.length_ns_ = 60 * kSecondNs;
  if (!has_seconds) return time;
  const bool has_fraction = text.find('.') != std::string_view::npos;
  const auto second = digits(take_until(text, '.'), 2, 2, 59);
  if (!second) return std::nullopt;
  time.second_ = *second;
  time.length_ns_ = kSecondNs;
  if (!has_fraction) return time;
  const auto fraction = digits(text, 1, 9, 999'999'999);
  if (!fraction) return std::nullopt;
  for (std::size_t i = 0; i < text.size(); ++i) time.length_ns_ /= 10;
  time.fraction_ns_ = *fraction * time.length_ns_;
  return time;
}

std::int64_t TimeOfDay::open_ns() const { return length_ns_ < kSecondNs ? length_ns_ - 1 : 0; }

std::vector<std::int64_t> TimeOfDay::on_day(std::tm day) const {
  day.tm_hour = hour_;
  day.tm_min = minute_;
  day.tm_sec = second_;
  std::vector<std::int64_t> all;
  for (const std::time_t moment : moments_of(day)) {
    if (moment < kLatestSecond && moment > -kLatestSecond) all.push_back(moment * kSecondNs + fraction_ns_);
  }
  return all;
}

std::vector<std::int64_t> TimeOfDay::near(std::int64_t realtime_ns) const {
  std::vector<std::int64_t> all;
  for (int days = -kDaysMost; days <= kDaysMost; ++days) {
    const auto day = day_of(seconds_of(realtime_ns), days);
    if (!day) continue;
    const auto moments = on_day(*day);
    all.insert(all.end(), moments.begin(), moments.end());
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

std::optional<LocalMoment> parse_local_time(std::string_view text) {
  constexpr std::size_t kDate = 10;  // "2026-03-01"
  if (text.size() <= kDate || text[4] != '-' || text[7] != '-') return std::nullopt;
  if (text[kDate] != ' ' && text[kDate] != 'T' && text[kDate] != 't') return std::nullopt;
  const auto year = digits(text.substr(0, 4), 4, 4, 9999);
  const auto month = digits(text.substr(5, 2), 2, 2, 12);
  const auto day = digits(text.substr(8, 2), 2, 2, 31);
  text.remove_prefix(kDate + 1);
  const auto time = TimeOfDay::parse(take_until(text, ' '));
  if (!year || !month || !day || !time) return std::nullopt;
  std::tm date{};
  date.tm_year = *year - 1900;
  date.tm_mon = *month - 1;
  date.tm_mday = *day;
  for (const std::int64_t moment : time->on_day(date)) {
    const std::time_t seconds = seconds_of(moment);
    std::tm shown{};
    if (text.empty() || (::localtime_r(&seconds, &shown) != nullptr && text == shown.tm_zone))
      return LocalMoment{moment, time->open_ns()};
  }
  return std::nullopt;
}

std::string local_time_text(std::int64_t realtime_ns) {
  const std::time_t moment = seconds_of(realtime_ns);
  std::tm local{};
  std::array<char, 64> text{};
  if (::localtime_r(&moment, &local) == nullptr) return "?";
  return {text.data(), std::strftime(text.data(), text.size(), "%Y-%m-%d %H:%M:%S %Z", &local)};
}

}  // namespace proctree
