// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "base/timestamp.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <ctime>
#include <string>

namespace proctree {
namespace {

constexpr std::int64_t kSecond = 1'000'000'000;

TEST(UtcTime, WritesRfc3339WithNanoseconds) {
  UtcTime time;
  EXPECT_EQ(time.format(0), "1970-01-01T00:00:00.000000000Z");
  EXPECT_EQ(time.format(1'772'357'400 * kSecond + 123'456'789), "2026-03-01T09:30:00.123456789Z");
  EXPECT_EQ(time.format(1'772'357'400 * kSecond + 1), "2026-03-01T09:30:00.000000001Z");
  EXPECT_EQ(time.format(1'709'251'199 * kSecond), "2024-02-29T23:59:59.000000000Z");
  EXPECT_EQ(time.format(-1), "1969-12-31T23:59:59.999999999Z");
}

TEST(UtcTime, AgreesWithTheSystem) {
  UtcTime time;
  for (std::time_t seconds = 0; seconds < 8'000'000'000; seconds += 8'765'432) {
    std::tm utc{};
    ASSERT_NE(::gmtime_r(&seconds, &utc), nullptr);
    char expected[64];
    ASSERT_NE(std::strftime(expected, sizeof expected, "%Y-%m-%dT%H:%M:%S.000000007Z", &utc), 0U);
    ASSERT_EQ(time.format(seconds * kSecond + 7), expected);
  }
}

TEST(LocalTime, FollowsTheTimeZone) {
  ASSERT_EQ(::setenv("TZ", "TST-5:30", 1), 0);  // NOLINT(concurrency-mt-unsafe): one thread
  ::tzset();
  LocalTime time;
  EXPECT_EQ(time.format(1'772'357'400 * kSecond + 999'999'999), "15:00:00.999");
  EXPECT_EQ(time.format(1'772'357'401 * kSecond), "15:00:01.000");
}

TEST(Duration, HasAboutThreeDigits) {
  const auto duration = [](std::uint64_t ns) {
    std::string out;
    append_duration(out, ns);
    return out;
  };
  EXPECT_EQ(duration(0), "0 µs");
  EXPECT_EQ(duration(812'999), "812 µs");
  EXPECT_EQ(duration(1'000'000), "1.00 ms");
  EXPECT_EQ(duration(27'449'000), "27.4 ms");
  EXPECT_EQ(duration(999'999'999), "999 ms");
  EXPECT_EQ(duration(3'210'000'000), "3.21 s");
  EXPECT_EQ(duration(59'999'000'000), "59.9 s");
  EXPECT_EQ(duration(123 * 1'000'000'000ULL), "2 min 3 s");
  EXPECT_EQ(duration((5 * 3600 + 12 * 60 + 59) * 1'000'000'000ULL), "5 h 12 min");
  EXPECT_EQ(duration((3 * 86400 + 4 * 3600) * 1'000'000'000ULL), "3 d 4 h");
  EXPECT_EQ(duration(~std::uint64_t{0}), "213503 d 23 h");
}

TEST(ParseTime, ReadsWhatIsWritten) {
  UtcTime time;
  for (const std::int64_t ns :
       {std::int64_t{0}, std::int64_t{1'772'357'400'123'456'789}, std::int64_t{-1},
        std::int64_t{951'782'400'000'000'000}, std::int64_t{4'102'444'799'999'999'999}}) {
    EXPECT_EQ(parse_time(time.format(ns)), ns) << time.format(ns);
  }
}

TEST(ParseTime, TakesWhatRfc3339Allows) {
  constexpr std::int64_t kMoment = 1'772'357'400'000'000'000;
  for (const std::string_view text :
       {"2026-03-01T09:30:00Z", "2026-03-01t09:30:00z", "2026-03-01 09:30:00.0Z", "2026-03-01T10:30:00+01:00",
        "2026-02-28T23:15:00.000-10:15", "2026-03-01T09:29:60Z", "2026-03-01T09:30:00.0000000009Z"}) {
    EXPECT_EQ(parse_time(text), kMoment) << text;
  }
  EXPECT_EQ(parse_time("2026-03-01T09:30:00.25Z"), kMoment + 250'000'000);
}

TEST(ParseTime, RefusesTheRest) {
  for (const std::string_view text :
       {"", "now", "2026", "2026-03-01", "2026-03-01T09:30Z", "2026-03-01T09:30:00", "2026-03-01T09:30:00.Z",
        "2026-03-01T09:30:00Zx", "2026-13-01T09:30:00Z", "2026-02-29T09:30:00Z", "2026-03-01T24:00:00Z",
        "2026-03-01T09:60:00Z", "2026-03-01T09:30:61Z", "2026-03-01T09:30:00+24:00",
        "2026-03-01T09:30:00+0100", "1500-01-01T00:00:00Z", "9999-01-01T00:00:00Z", "-026-03-01T09:30:00Z"}) {
    EXPECT_EQ(parse_time(text), std::nullopt) << text;
  }
}

}  // namespace
}  // namespace proctree
