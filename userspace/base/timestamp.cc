// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "base/timestamp.hpp"

#include <chrono>
#include <cstddef>
#include <ctime>

#include "base/append_number.hpp"
#include "base/decimal.hpp"

namespace proctree {

namespace {

constexpr std::int64_t kNsPerSecond = 1'000'000'000;

struct Split {
  std::int64_t seconds;
  std::uint64_t nanoseconds;
};

Split split(std::int64_t realtime_ns) {
  std::int64_t seconds = realtime_ns / kNsPerSecond;
  std::int64_t rest = realtime_ns % kNsPerSecond;
  if (rest < 0) {
    rest += kNsPerSecond;
    --seconds;
  }
  return {seconds, static_cast<std::uint64_t>(rest)};
}

// The last `digits` decimal digits of `number`.
void put_digits(char* at, std::size_t digits, std::uint64_t number) {
  for (std::size_t i = digits; i-- > 0; number /= 10) at[i] = static_cast<char>('0' + number % 10);
}

// Takes `digits` decimal digits off the front.
bool take_number(std::string_view& rest, std::size_t digits, unsigned& out) {
  if (rest.size() < digits) return false;
  out = 0;
  for (const char c : rest.substr(0, digits)) {
    if (c < '0' || c > '9') return false;
    out = out * 10 + static_cast<unsigned>(c - '0');
  }
  rest.remove_prefix(digits);
  return true;
}

bool take_char(std::string_view& rest, std::string_view any_of) {
  if (rest.empty() || any_of.find(rest.front()) == std::string_view::npos) return false;
  rest.remove_prefix(1);
  return true;
}

// Takes ".123", of which nine digits count; there may be none.
bool take_fraction(std::string_view& rest, std::int64_t& ns) {
  if (!take_char(rest, ".")) return true;
  std::size_t digits = 0;
  for (; digits < rest.size() && rest[digits] >= '0' && rest[digits] <= '9'; ++digits) {
    if (digits < 9) ns = ns * 10 + (rest[digits] - '0');
  }
  rest.remove_prefix(digits);
  for (std::size_t i = digits; i < 9; ++i) ns *= 10;
  return digits != 0;
}

// Takes "Z" or "+01:00".
bool take_offset(std::string_view& rest, std::int64_t& seconds) {
  if (take_char(rest, "Zz")) return true;
  unsigned hours = 0;
  unsigned minutes = 0;
  const bool west = rest.starts_with('-');
  if (!take_char(rest, "+-") || !take_number(rest, 2, hours) || !take_char(rest, ":") ||
      !take_number(rest, 2, minutes) || hours > 23 || minutes > 59) {
    return false;
  }
  seconds = (hours * 60 + minutes) * 60;
  if (west) seconds = -seconds;
  return true;
}

}  // namespace

std::optional<std::int64_t> parse_time(std::string_view text) {
  unsigned year = 0;
  unsigned month = 0;
  unsigned day = 0;
  unsigned hour = 0;
  unsigned minute = 0;
  unsigned second = 0;
  std::int64_t ns = 0;
  std::int64_t offset = 0;
  if (!take_number(text, 4, year) || !take_char(text, "-") || !take_number(text, 2, month) ||
      !take_char(text, "-") || !take_number(text, 2, day) || !take_char(text, "Tt ") ||
      !take_number(text, 2, hour) || !take_char(text, ":") || !take_number(text, 2, minute) ||
      !take_char(text, ":") || !take_number(text, 2, second) || !take_fraction(text, ns) ||
      !take_offset(text, offset) || !text.empty()) {
    return std::nullopt;
  }
  const std::chrono::year_month_day date{std::chrono::year(static_cast<int>(year)), std::chrono::month(month),
                                         std::chrono::day(day)};
  // A leap second is the first of the next minute.
  if (!date.ok() || hour > 23 || minute > 59 || second > 60) return std::nullopt;
  const std::int64_t days = std::chrono::sys_days(date).time_since_epoch().count();
  const std::int64_t seconds = ((days * 24 + hour) * 60 + minute) * 60 + second - offset;
  constexpr std::int64_t kSecondsMost = std::numeric_limits<std::int64_t>::max() / kNsPerSecond - 1;
  if (seconds > kSecondsMost || seconds < -kSecondsMost) return std::nullopt;
  return seconds * kNsPerSecond + ns;
}

std::string_view UtcTime::format(std::int64_t realtime_ns) {
  const Split time = split(realtime_ns);
  if (time.seconds != seconds_) {
    format_seconds(time.seconds);
    seconds_ = time.seconds;
  }
  text_[20] = static_cast<char>('0' + time.nanoseconds / 100'000'000);
  put_eight_digits(&text_[21], static_cast<std::uint32_t>(time.nanoseconds % 100'000'000));
  return {text_.data(), text_.size()};
}

void UtcTime::format_seconds(std::int64_t seconds) {
  const std::chrono::sys_seconds moment{std::chrono::seconds{seconds}};
  const auto day = std::chrono::floor<std::chrono::days>(moment);
  const std::chrono::year_month_day date{day};
  const std::chrono::hh_mm_ss time{moment - day};
  constexpr std::string_view kForm = "0000-00-00T00:00:00.000000000Z";
  kForm.copy(text_.data(), text_.size());
  put_digits(&text_[0], 4, static_cast<std::uint64_t>(static_cast<int>(date.year())));
  put_digits(&text_[5], 2, static_cast<unsigned>(date.month()));
  put_digits(&text_[8], 2, static_cast<unsigned>(date.day()));
  put_digits(&text_[11], 2, static_cast<std::uint64_t>(time.hours().count()));
  put_digits(&text_[14], 2, static_cast<std::uint64_t>(time.minutes().count()));
  put_digits(&text_[17], 2, static_cast<std::uint64_t>(time.seconds().count()));
}

std::string_view LocalTime::format_with_date(std::int64_t realtime_ns) {
  const Split time = split(realtime_ns);
  if (time.seconds != seconds_) {
    format_seconds(time.seconds);
    seconds_ = time.seconds;
  }
  put_digits(&text_[20], 3, time.nanoseconds / 1'000'000);
  return {text_.data(), text_.size()};
}

void LocalTime::format_seconds(std::int64_t seconds) {
  const std::time_t moment = seconds;
  std::tm local{};
  ::localtime_r(&moment, &local);  // fails only beyond the year 2^31: then all is 0
  constexpr std::string_view kForm = "0000-00-00 00:00:00.000";
  kForm.copy(text_.data(), text_.size());
  put_digits(&text_[0], 4, static_cast<std::uint64_t>(local.tm_year + 1900));
  put_digits(&text_[5], 2, static_cast<std::uint64_t>(local.tm_mon + 1));
  put_digits(&text_[8], 2, static_cast<std::uint64_t>(local.tm_mday));
  put_digits(&text_[11], 2, static_cast<std::uint64_t>(local.tm_hour));
  put_digits(&text_[14], 2, static_cast<std::uint64_t>(local.tm_min));
  put_digits(&text_[17], 2, static_cast<std::uint64_t>(local.tm_sec));
}

void append_duration(std::string& out, std::uint64_t ns, Charset charset) {
  // `number` thousandths, with as many decimals as make three digits.
  const auto append_decimal = [&out](std::uint64_t number, std::string_view unit) {
    const std::size_t decimals = number < 10'000 ? 2 : number < 100'000 ? 1 : 0;
    char digits[3];
    put_digits(digits, 3, number % 1000);
    append_number(out, number / 1000);
    if (decimals != 0) out += '.';
    out.append(digits, decimals);
    out += unit;
  };
  const auto append_two = [&out](std::uint64_t high, std::string_view high_unit, std::uint64_t low,
                                 std::string_view low_unit) {
    append_number(out, high);
    out += high_unit;
    out += ' ';
    append_number(out, low);
    out += low_unit;
  };
  const std::uint64_t seconds = ns / 1'000'000'000;
  if (ns < 1'000'000) {
    append_number(out, ns / 1000);
    out += charset == Charset::utf8 ? " µs" : " us";
  } else if (seconds < 1) {
    append_decimal(ns / 1000, " ms");
  } else if (seconds < 60) {
    append_decimal(ns / 1'000'000, " s");
  } else if (seconds < 3600) {
    append_two(seconds / 60, " min", seconds % 60, " s");
  } else if (seconds < 86400) {
    append_two(seconds / 3600, " h", seconds % 3600 / 60, " min");
  } else {
    append_two(seconds / 86400, " d", seconds % 86400 / 3600, " h");
  }
}

}  // namespace proctree
