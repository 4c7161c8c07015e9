// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// Which moments of a recording are meant, and what lies between them.
#include <cstdlib>
#include <thread>

#include "compress.hpp"
#include "local_clocks.hpp"
#include "replay/rewindable_input.hpp"
#include "replay_fixture.hpp"

namespace proctree {
namespace {

using Times = std::vector<std::string>;

// A fork at this time of the wall clock, `seq` seconds after the boot.
std::string at(std::string_view time, std::uint64_t seq) {
  std::string line = recorded("fork", seq, process_fields(static_cast<std::uint32_t>(seq) + 10, "sh", 0));
  const std::size_t begin = line.find("\"time\":\"") + 8;
  return line.replace(begin, line.find('"', begin) - begin, time);
}

class MomentTest : public ReplayTest {
 protected:
  // What the text means in a recording with lines of these times.
  std::string moment(const std::string& text, const Times& times) {
    std::string recording;
    for (const std::string& time : times) recording += at(time, ++seq_);
    tree_.write("in", recording);
    auto reader = RecordingReader::open({{tree_.path("in")}});
    auto option = parse_moment("--at", text);
    if (!reader || !option) return option ? "cannot read" : option.error().to_string();
    const auto found = find_moments({*option}, *reader);
    if (!found) return found.error().message;
    EXPECT_FALSE(found->front().ktime_ns);
    return std::string(UtcTime().format(found->front().realtime_ns));
  }

  std::uint64_t seq_ = 0;
};

TEST_F(MomentTest, ATimeOfDayIsTheLastThatTheRecordingHolds) {
  const LocalClocks clocks("UTC0");
  const Times days = {"2026-02-27T09:00:00Z", "2026-02-28T09:00:00Z", "2026-03-01T08:00:00Z"};
  EXPECT_EQ(moment("09:00", days), "2026-02-28T09:00:00.000000000Z");
  EXPECT_EQ(moment("08:30", days), "2026-02-28T08:30:00.000000000Z");
  EXPECT_EQ(moment("08:00:00", days), "2026-03-01T08:00:00.000000000Z");
  EXPECT_EQ(moment("23:59:59", days), "2026-02-28T23:59:59.000000000Z");
}

// "09:30" is a minute long, and a recording that begins in it holds it from then on.
TEST_F(MomentTest, AMinuteMayBeHeldInPart) {
  const LocalClocks clocks("UTC0");
  const Times times = {"2026-03-01T09:30:10.5Z", "2026-03-01T09:31:00Z"};
  EXPECT_EQ(moment("09:30", times), "2026-03-01T09:30:10.500000000Z");
  EXPECT_EQ(moment("09:30:10", times), "2026-03-01T09:30:10.500000000Z");
  EXPECT_EQ(moment("09:31", times), "2026-03-01T09:31:00.000000000Z");
  const std::string none = "the recording holds no ";
  EXPECT_EQ(moment("09:30:05", times),
            "--at: " + none + "09:30:05: it goes from 2026-03-01 09:30:10 UTC to 2026-03-01 09:31:00 UTC");
  EXPECT_EQ(moment("09:32", times).find("--at: " + none + "09:32"), 0U);
}

TEST_F(MomentTest, AClockMayBeSet) {
  const LocalClocks clocks("UTC0");
  const Times back = {"2026-03-01T11:58:00Z", "2026-03-01T12:00:00Z", "2026-03-01T11:00:00Z",
                      "2026-03-01T11:30:00Z"};
  EXPECT_EQ(moment("11:15", back), "2026-03-01T11:15:00.000000000Z");
  EXPECT_EQ(moment("11:59", back), "2026-03-01T11:59:00.000000000Z");
  EXPECT_EQ(moment("11:45", back).find("--at: the recording holds no"), 0U);
  // It was wrong by decades until it was set.
  const Times ahead = {"2099-01-01T09:00:00Z", "2026-03-01T09:00:00Z", "2026-03-01T10:00:00Z"};
  EXPECT_EQ(moment("09:30", ahead), "2026-03-01T09:30:00.000000000Z");
  const Times behind = {"1970-01-01T00:00:05Z", "2026-03-01T09:00:00Z", "2026-03-01T10:00:00Z"};
  EXPECT_EQ(moment("09:30", behind), "2026-03-01T09:30:00.000000000Z");
}

TEST_F(MomentTest, AnHourMayComeTwice) {
  const LocalClocks clocks("CET-1CEST,M3.5.0,M10.5.0/3");
  EXPECT_EQ(moment("02:30", {"2026-10-24T22:00:00Z", "2026-10-25T06:00:00Z"}),
            "2026-10-25T01:30:00.000000000Z");
  EXPECT_EQ(moment("02:30", {"2026-10-24T22:00:00Z", "2026-10-25T01:10:00Z"}),
            "2026-10-25T00:30:00.000000000Z");
  EXPECT_EQ(
      moment("02:30", {"2026-03-28T22:00:00Z", "2026-03-29T06:00:00Z"}).find("--at: the recording holds no"),
      0U);
}

TEST_F(MomentTest, AgoIsBeforeTheEnd) {
  const Times times = {"2026-03-01T09:00:00Z", "2026-03-01T10:00:00Z"};
  EXPECT_EQ(moment("10m ago", times), "2026-03-01T09:50:00.000000000Z");
  EXPECT_EQ(moment("90 ago", times), "2026-03-01T09:58:30.000000000Z");
  EXPECT_EQ(moment("2h ago", times), "2026-03-01T08:00:00.000000000Z") << "all of it";
  EXPECT_EQ(moment("0 ago", times), "2026-03-01T10:00:00.000000000Z");
}

// As text output shows them: to the millisecond, on local clocks.
TEST_F(MomentTest, TimesOfTextArePasted) {
  const LocalClocks clocks("CET-1");
  const Times times = {"2026-03-01T09:00:00Z", "2026-03-01T09:30:10.5261Z", "2026-03-01T09:30:10.7Z"};
  EXPECT_EQ(moment("2026-03-01 10:30:10.526", times), "2026-03-01T09:30:10.526000000Z");
  EXPECT_EQ(moment("2026-03-01T10:30:10", times), "2026-03-01T09:30:10.000000000Z");
  EXPECT_EQ(moment("10:30:10.526", times), "2026-03-01T09:30:10.526000000Z");
  EXPECT_EQ(moment("10:30:10.700", times), "2026-03-01T09:30:10.700000000Z") << "the last line's";
  EXPECT_EQ(moment("10:30:10.701", times).find("--at: the recording holds no 10:30:10.701"), 0U);

  const std::string before = at("2026-03-01T09:30:10.5259Z", 1), line = at("2026-03-01T09:30:10.5261Z", 2),
                    after = at("2026-03-01T09:30:10.5271Z", 3);
  const auto shown = std::get<Moment>(parse_moment("--since", "2026-03-01 10:30:10.526")->value);
  EXPECT_EQ(copied(before + line + after, {.since = shown, .until = shown}).output, line);
}

TEST_F(MomentTest, WhatIsNoTimeIsRefused) {
  for (const char* text : {"yesterday", "9:3", " ago", "ago", "10m", "10m  ago", "-10m ago", "10x ago",
                           "2026-03-01", "09:30:61", "99999999999999999999"}) {
    const auto refused = parse_moment("--since", text);
    ASSERT_FALSE(refused) << text;
    EXPECT_EQ(refused.error().code, ErrorCode::invalid_argument);
    EXPECT_EQ(refused.error().message, "--since: " + std::string(text) + " is no time");
  }
  EXPECT_FALSE(parse_moment("--at", "2026-03-01T09:30:00.5+01:00")->needs_recording());
  EXPECT_EQ(std::get<Moment>(parse_moment("--at", "77")->value).ktime_ns, 77U);
}

TEST_F(MomentTest, OnlyWhatLiesBetweenIsChosen) {
  const std::string one = started();
  const std::string two = recorded("fork", 2, process_fields(7, "sh", 0));
  const std::string three = recorded("exec", 3, process_fields(7, "ls", 0) + lineage_fields("7|ls|root", ""));
  const std::string four = recorded("newer", 4, "");
  const std::string five = recorded("lost", 5, "\"count\":1");
  const std::string six = recorded("exit", 6, process_fields(7, "ls", 0) + ",\"exit_code\":0");
  const std::string text = one + two + three + four + five + six;
  const auto boot = [](std::uint64_t seconds) { return Moment{0, seconds * 1'000'000'000}; };
  EXPECT_EQ(copied(text, {.since = boot(3), .until = boot(5)}).output, three + five)
      << "of a type that isn't known even the time isn't";
  EXPECT_EQ(copied(text, {.since = boot(6)}).output, six);
  EXPECT_EQ(copied(text, {.until = boot(1)}).output, one);
  const Moment wall{1'772'357'410'500'000'000 + 3'000'000'000, {}};
  EXPECT_EQ(copied(text, {.since = wall, .until = wall}).output, three);
  // Lineages reach back to what was before.
  const std::string child = recorded("fork", 6, process_fields(8, "ls", 7));
  EXPECT_EQ(chains(one + two + three + child, {.since = boot(6)}).output, "8|ls|root;7|ls|root\n");
}

TEST_F(MomentTest, APipeIsSavedToBeReadTwice) {
  const std::string text = started() + at("2026-03-01T10:00:00Z", 2);
  for (const std::string& bytes : {text, gzip(text), zstd(text)}) {
    tree_.fifo("pipe");
    std::thread writer([&] { std::ofstream(tree_.path("pipe"), std::ios::binary) << bytes; });
    ::setenv("TMPDIR", tree_.root().c_str(), 1);
    RewindableInput input;
    for (int i = 0; i < 3; ++i) {
      auto lines = input.open(tree_.path("pipe"));
      ASSERT_TRUE(lines) << lines.error().to_string();
      std::string read;
      for (auto line = lines->next(); line && *line; line = lines->next()) read += std::string(**line) + '\n';
      EXPECT_EQ(read, text);
    }
    writer.join();
    tree_.remove("pipe");
  }
  EXPECT_TRUE(std::filesystem::is_empty(tree_.root())) << "nothing is left behind";
  ::setenv("TMPDIR", tree_.path("missing").c_str(), 1);
  const auto refused = RewindableInput().open("/dev/null");
  ::unsetenv("TMPDIR");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().message.find("cannot keep "), 0U) << refused.error().message;
}

}  // namespace
}  // namespace proctree
