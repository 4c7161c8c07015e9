// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "base/time_of_day.hpp"

#include <gtest/gtest.h>

#include <limits>

#include "base/timestamp.hpp"
#include "local_clocks.hpp"

namespace proctree {
namespace {

std::int64_t ns_of(std::string_view text) { return parse_time(text).value(); }
std::string text_of(std::optional<std::int64_t> realtime_ns) {
  return realtime_ns ? std::string(UtcTime().format(*realtime_ns)).substr(0, 16) : "none";
}
std::string last_until(std::string_view time, std::string_view moment) {
  return text_of(TimeOfDay::parse(time).value().last_until(ns_of(moment)));
}
std::string first_after(std::string_view time, std::string_view moment) {
  return text_of(TimeOfDay::parse(time).value().first_after(ns_of(moment)));
}

TEST(TimeOfDayTest, IsReadStrictly) {
  for (const char* time :
       {"00:00", "9:30", "23:59", "09:30:00", "09:30:59", "09:30:05.5", "9:30:05.123456789"})
    EXPECT_TRUE(TimeOfDay::parse(time)) << time;
  for (const char* time :
       {"", "24:00", "09:60", "09:30:60", "09:30:", "09:3", "09", ":", "09:30:05:00", "09:30:05.", "09:30.5",
        "09:30:05.1234567890", "-1:30", "-0:30", "009:30", "09:30 ", "+9:30", "2026-03-01T09:30:00Z"})
    EXPECT_FALSE(TimeOfDay::parse(time)) << time;
  EXPECT_EQ(TimeOfDay::parse("09:30")->length_ns(), 60'000'000'000);
  EXPECT_EQ(TimeOfDay::parse("09:30:05")->length_ns(), 1'000'000'000);
  EXPECT_EQ(TimeOfDay::parse("09:30:05")->open_ns(), 0);
  EXPECT_EQ(TimeOfDay::parse("09:30:05.12")->length_ns(), 10'000'000);
  EXPECT_EQ(TimeOfDay::parse("09:30:05.12")->open_ns(), 9'999'999);
}

std::string local(std::string_view text) {
  const auto moment = parse_local_time(text);
  return moment ? std::string(UtcTime().format(moment->realtime_ns)) : "none";
}

TEST(LocalTimeTest, IsReadAsItIsShown) {
  const LocalClocks clocks("CET-1CEST,M3.5.0,M10.5.0/3");
  EXPECT_EQ(local("2026-03-01 09:30:05.123"), "2026-03-01T08:30:05.123000000Z");
  EXPECT_EQ(parse_local_time("2026-03-01 09:30:05.123")->open_ns, 999'999);
  EXPECT_EQ(local("2026-03-01T09:30:05"), "2026-03-01T08:30:05.000000000Z");
  EXPECT_EQ(parse_local_time("2026-03-01T09:30:05")->open_ns, 0);
  EXPECT_EQ(local("2026-07-01 9:30"), "2026-07-01T07:30:00.000000000Z");
  for (const char* moment : {"2026-03-01T08:30:05Z", "2026-10-25T00:30:00Z", "2026-10-25T01:30:00Z"})
    EXPECT_EQ(ns_of(local(local_time_text(ns_of(moment)))), ns_of(moment)) << moment;
  EXPECT_EQ(local("2026-10-25 02:30"), "2026-10-25T00:30:00.000000000Z") << "the first of two";
  for (const char* text : {"", "2026-03-01", "2026-03-01 ", "2026-02-29 09:30", "2026-13-01 09:30",
                           "2026-03-29 02:30", "2026-03-01_09:30", "2026-3-1 09:30", "2026-03-01 09:30 CEST",
                           "2026-03-01 09:30 CET x", "9999-12-31 23:59"})
    EXPECT_EQ(local(text), "none") << text;
}

TEST(TimeOfDayTest, IsOfEachDay) {
  const LocalClocks clocks("UTC0");
  EXPECT_EQ(last_until("09:30", "2026-03-01T09:30:00Z"), "2026-03-01T09:30");
  EXPECT_EQ(last_until("09:30", "2026-03-01T09:29:59.999Z"), "2026-02-28T09:30");
  EXPECT_EQ(first_after("09:30", "2026-03-01T09:30:00Z"), "2026-03-02T09:30");
  EXPECT_EQ(first_after("09:30", "2026-12-31T09:30:00Z"), "2027-01-01T09:30");
  EXPECT_EQ(last_until("09:30", "1969-12-31T12:00:00Z"), "1969-12-31T09:30");
}

TEST(TimeOfDayTest, GoesByTheLocalZone) {
  const LocalClocks clocks("XXX+9:30");
  EXPECT_EQ(last_until("20:00", "2026-03-01T06:00:00Z"), "2026-03-01T05:30");
  EXPECT_EQ(local_time_text(ns_of("2026-03-01T05:30:00Z")), "2026-02-28 20:00:00 XXX");
}

// In the night of 25 October clocks show 02:00 to 03:00 twice, in that of 29 March never.
TEST(TimeOfDayTest, KnowsHoursThatComeTwiceOrNever) {
  const LocalClocks clocks("CET-1CEST,M3.5.0,M10.5.0/3");
  EXPECT_EQ(last_until("02:30", "2026-10-25T12:00:00Z"), "2026-10-25T01:30");
  EXPECT_EQ(last_until("02:30", "2026-10-25T01:29:00Z"), "2026-10-25T00:30");
  EXPECT_EQ(first_after("02:30", "2026-10-25T00:30:00Z"), "2026-10-25T01:30");
  EXPECT_EQ(last_until("02:30", "2026-03-29T12:00:00Z"), "2026-03-28T01:30");
  EXPECT_EQ(first_after("02:30", "2026-03-28T12:00:00Z"), "2026-03-30T00:30");
  EXPECT_EQ(last_until("03:00", "2026-03-29T12:00:00Z"), "2026-03-29T01:00");
}

TEST(TimeOfDayTest, KnowsClocksThatMoveByHalfAnHour) {
  const LocalClocks clocks("LHST-10:30LHDT-11,M10.1.0,M4.1.0/2");
  EXPECT_EQ(last_until("01:45", "2026-04-05T00:00:00Z"), "2026-04-04T15:15");
  EXPECT_EQ(last_until("01:45", "2026-04-04T15:14:00Z"), "2026-04-04T14:45");
}

TEST(TimeOfDayTest, SurvivesTheEndsOfTime) {
  const LocalClocks clocks("CET-1CEST,M3.5.0,M10.5.0/3");
  using Limits = std::numeric_limits<std::int64_t>;
  for (const std::int64_t end : {Limits::min(), Limits::min() + 1, std::int64_t{0}, Limits::max()}) {
    EXPECT_LE(TimeOfDay::parse("12:00")->last_until(end).value_or(end), end);
    EXPECT_GE(TimeOfDay::parse("12:00")->first_after(end).value_or(end), end);
    EXPECT_FALSE(local_time_text(end).empty());
  }
}

}  // namespace
}  // namespace proctree
