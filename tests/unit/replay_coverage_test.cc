// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// What a recording doesn't hold: ends, times, events, moments; and what is said of it.
#include "local_clocks.hpp"
#include "replay_fixture.hpp"
#include "sink/finished_tree.hpp"

namespace proctree {
namespace {

using Texts = std::vector<std::string>;

// A line of a stream of that name, `seq` seconds after 09:30:10.5.
std::string of_stream(std::string line, const std::string& stream) {
  return line.insert(line.find("\"seq\""), "\"stream\":\"" + stream + "\",");
}
std::string stop_line(std::uint64_t seq, std::uint64_t exits = 0) {
  return recorded("stop", seq,
                  "\"forks\":0,\"execs\":0,\"exits\":" + std::to_string(exits) + ",\"lost\":0,\"resyncs\":0");
}
std::string forked(std::uint64_t seq) {
  return recorded("fork", seq, process_fields(static_cast<std::uint32_t>(seq) + 10, "sh", 0));
}
Moment after_boot(std::uint64_t seconds) { return Moment{0, seconds * 1'000'000'000}; }
Moment at_line(std::uint64_t seq) {
  return Moment{1'772'357'410'500'000'000 + static_cast<std::int64_t>(seq) * 1'000'000'000, {}};
}

class CoverageTest : public ReplayTest {
 protected:
  Texts texts(const std::string& recording, bool losses = false, const ReplayOptions& options = {}) {
    Texts found;
    const auto read = replay(recording, options, [&](Replay& replay, Output&) {
      auto done = drain(replay);
      found = replay.coverage().texts(losses);
      return done;
    });
    EXPECT_EQ(read.error, "");
    return found;
  }

  LocalClocks clocks_{"UTC0"};
};

TEST_F(CoverageTest, AWholeRecordingLacksNothing) {
  EXPECT_EQ(texts(started() + forked(2) + stop_line(3), true), Texts());
  EXPECT_EQ(texts("", true), Texts());
  EXPECT_EQ(texts(forked(2) + forked(3), true), Texts()) << "lines that were picked out";
}

TEST_F(CoverageTest, AStreamWithoutStop) {
  const std::string what =
      ": its tracer was killed or still runs; its last line is of 2026-03-01 09:30:12 UTC";
  EXPECT_EQ(texts(started() + forked(2)), Texts{"stream has no stop line" + what});
  EXPECT_EQ(texts(of_stream(started(), "s-1") + of_stream(forked(2), "s-1")),
            Texts{"stream s-1 has no stop line" + what});
  const auto two =
      texts(of_stream(started(1), "s-2") + of_stream(forked(2), "s-2") + of_stream(started(1), "s-1"));
  EXPECT_EQ(two, Texts{"2 streams have no stop line, the latest is s-2" + what});
}

TEST_F(CoverageTest, TimesWithoutATracer) {
  const std::string first = started(1) + forked(2) + stop_line(3);
  const std::string second = started(70) + forked(71) + stop_line(72);
  const std::string third = started(80) + stop_line(81);
  const std::string longest = "from 2026-03-01 09:30:13 UTC to 2026-03-01 09:31:20 UTC";
  EXPECT_EQ(texts(first + second), Texts{"no tracer ran for 1 min 7 s, " + longest});
  EXPECT_EQ(texts(first + second + third),
            Texts{"no tracer ran 2 times, 1 min 15 s in all; the longest " + longest});
  EXPECT_EQ(texts(third + first + second).size(), 1U) << "in any order";
  const auto at = texts(first + second, false, {.at = at_line(40)});
  ASSERT_EQ(at.size(), 2U);
  EXPECT_EQ(at[1], "no tracer ran at that time: the tree is that of 2026-03-01 09:30:13 UTC");
  EXPECT_EQ(texts(first + second, false, {.at = at_line(71)}).size(), 1U);
  // Of two hosts, and of two tracers at once.
  std::string other = second;
  other.replace(other.find("\"name\":\"h\""), 10, "\"name\":\"i\"");
  EXPECT_EQ(texts(first + other), Texts());
  const auto interleaved = of_stream(started(1), "a") + of_stream(started(5), "b") +
                           of_stream(forked(9), "a") + of_stream(stop_line(10), "b") +
                           of_stream(stop_line(11), "a");
  EXPECT_EQ(texts(interleaved), Texts());
}

TEST_F(CoverageTest, Losses) {
  const std::string lost = recorded("lost", 3, "\"count\":40");
  const std::string recording = started() + forked(2) + lost + forked(4) +
                                recorded("lost", 5, "\"count\":2") +
                                recorded("lost", 6, "\"count\":3,\"failed_execs\":3") + stop_line(7);
  EXPECT_EQ(texts(recording), Texts()) << "shown in their places";
  EXPECT_EQ(texts(recording, true), Texts{"42 events lost, in 2 places: processes may be missing"});
  EXPECT_EQ(texts(recording, true, {.at = at_line(4)}),
            Texts{"40 events lost, in 1 place: processes may be missing"});
  EXPECT_EQ(texts(recording, true, {.at = at_line(2)}), Texts());
  const std::string full = recorded("lost", 3, R"("where":"disk","seq_from":8,"seq_to":9,"count":2)");
  EXPECT_EQ(texts(started() + full + stop_line(4), true),
            Texts{"2 lines lost, in 1 place: processes may be missing"});
}

TEST_F(CoverageTest, MomentsOutside) {
  const std::string recording = started() + forked(2) + forked(8) + stop_line(9);
  const std::string end = "2026-03-01 09:30:19 UTC", begin = "2026-03-01 09:30:11 UTC";
  for (const Moment& later : {at_line(10), after_boot(10)}) {
    EXPECT_EQ(texts(recording, false, {.since = later}),
              Texts{"nothing to show: the recording ends at " + end + ", before --since"});
    EXPECT_EQ(texts(recording, false, {.at = later}),
              Texts{"the recording ends at " + end + ", before --at: the tree is that of its end"});
  }
  EXPECT_EQ(texts(recording, false, {.until = at_line(0)}),
            Texts{"nothing to show: the recording begins at " + begin + ", after --until"});
  EXPECT_EQ(texts(recording, false, {.since = at_line(4), .until = at_line(5)}),
            Texts{"nothing to show: the recording has no line between --since and --until"});
  EXPECT_EQ(texts(recording, false, {.since = at_line(9), .until = at_line(9)}), Texts());
  EXPECT_EQ(texts(recording, false, {.at = at_line(9)}), Texts());
}

TEST_F(CoverageTest, StreamsWithoutEndAreBounded) {
  std::string recording;
  for (std::uint64_t i = 0; i < 5000; ++i)
    recording += of_stream(started(i * 2 + 1), "s-" + std::to_string(i));
  const auto found = texts(recording);
  ASSERT_EQ(found.size(), 2U);
  EXPECT_EQ(found[0].find("1024 streams have no stop line, the latest is s-4999"), 0U) << found[0];
}

TEST_F(CoverageTest, WhatMatchesNothingIsKnown) {
  const auto matched = [&](const char* comm) {
    bool has = false;
    ReplayOptions options;
    options.filter.comms = {Pattern(comm)};
    replay(started() + forked(2) + stop_line(3), options, [&](Replay& replay, Output& output) {
      auto done = copy(replay, output, {});
      has = replay.has_matched();
      return done;
    });
    return has;
  };
  EXPECT_TRUE(matched("sh"));
  EXPECT_FALSE(matched("zzz"));
}

// The tracer counts the host's exits, whatever its filter lets through.
TEST_F(CoverageTest, EndsThatAFilterLeftOut) {
  const auto drawn = [&](const std::string& recording) {
    return replay(recording, {},
                  [](Replay& replay, Output& output) {
                    FinishedTree tree(output, {});
                    return drain(replay, &tree);
                  })
        .output;
  };
  const std::string lives = started() + recorded("fork", 2, process_fields(7, "sh", 0)) +
                            recorded("fork", 3, process_fields(8, "sh", 7)) +
                            recorded("exit", 4, process_fields(8, "sh", 7) + ",\"exit_code\":0");
  EXPECT_NE(drawn(lives + stop_line(5, 2)).find("sh(7) end not recorded"), std::string::npos)
      << drawn(lives + stop_line(5, 2));
  EXPECT_NE(drawn(lives + stop_line(5, 1)).find("sh(7) still running"), std::string::npos);
  EXPECT_NE(drawn(lives).find("sh(7) still running"), std::string::npos) << "as far as the recording goes";
}

}  // namespace
}  // namespace proctree
