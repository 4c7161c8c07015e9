// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// A follower of a spool: each line once, in order, and what is missing is reported with its totals.
#include "spool/spool_reader.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <map>

#include "spool_fixture.hpp"

namespace proctree {
namespace {

class SpoolReaderTest : public SpoolFixture {
 protected:
  std::unique_ptr<SpoolWriter> writer(std::uint64_t max = std::uint64_t{64} << 20,
                                      const char* stream = kStream) {
    seq_ = 0;
    return open_writer({.segment_bytes = 10'000}, max, stream);
  }
  void write(SpoolWriter& writer, std::uint64_t count) {
    for (std::uint64_t i = 0; i < count; ++i) append_next(writer, 100);
    ASSERT_TRUE(writer.flush());
  }

  // Reads on until nothing is left at present: each line must follow the one before, with no hole that no
  // item says.
  void read(SpoolReader& reader) {
    while (true) {
      const auto item = reader.next();
      ASSERT_TRUE(item) << item.error().to_string();
      if (*item == nullptr) return;
      auto& last = last_[std::string((*item)->stream)];
      ASSERT_EQ((*item)->seq_from, last + 1) << (*item)->text;
      last = (*item)->seq_to;
      found_ += (*item)->totals;
      if ((*item)->seq == 0) {
        ++gaps_;
        gap_ = (*item)->text;
        missed_ += last - (*item)->seq_from + 1;
        EXPECT_NE((*item)->text.find(R"("where":"spool")"), std::string_view::npos);
      } else {
        ++lines_;
      }
    }
  }
  [[nodiscard]] std::unique_ptr<SpoolReader> reader(StreamPositions from = {}) const {
    auto reader = SpoolReader::open(path_, std::move(from));
    EXPECT_TRUE(reader) << reader.error().to_string();
    return std::move(*reader);
  }

  std::map<std::string, std::uint64_t> last_;
  LineTotals found_;
  std::uint64_t lines_ = 0;
  std::uint64_t gaps_ = 0;
  std::string gap_;  // the last
  std::uint64_t missed_ = 0;
};

TEST_F(SpoolReaderTest, FollowsTheOpenSegmentAndThoseAfterIt) {
  auto to = writer();
  to->start_worker();
  auto from = reader();
  for (int i = 0; i < 50; ++i) {
    write(*to, 37);
    read(*from);
    EXPECT_EQ(lines_, seq_);
  }
  ASSERT_TRUE(to->close());
  read(*from);
  EXPECT_EQ(found_, sums_);
  EXPECT_EQ(gaps_, 0U);
  EXPECT_EQ(from->positions().at(kStream), (StreamPosition{seq_, sums_}));
}

TEST_F(SpoolReaderTest, HalfALineWaitsForItsEnd) {
  {
    auto to = writer();
    write(*to, 3);
  }
  const std::string file = files()[0];
  std::ofstream(file, std::ios::app) << R"({"v":1,"type":"fork","stream":")" << kStream
                                     << R"(","seq":4,"time":"2026)";
  auto from = reader();
  read(*from);
  EXPECT_EQ(lines_, 3U);
  std::ofstream(file, std::ios::app) << R"(-01-01T00:00:00Z","ktime_ns":4,"pid":1})" << '\n';
  read(*from);
  EXPECT_EQ(lines_, 4U);
}

TEST_F(SpoolReaderTest, StartsWhereItStopped) {
  auto to = writer();
  to->start_worker();
  StreamPositions at;
  for (int i = 0; i < 30; ++i) {
    write(*to, 41);
    auto from = reader(at);
    read(*from);
    at = from->positions();
    EXPECT_EQ(lines_, seq_);
  }
  EXPECT_EQ(found_, sums_);
}

TEST_F(SpoolReaderTest, WhatTheBoundTookIsReportedWithItsTotals) {
  auto to = writer(40'000);
  write(*to, 100);
  auto from = reader();
  read(*from);
  write(*to, 2000);
  read(*from);
  EXPECT_EQ(gaps_, 1U);
  EXPECT_EQ(lines_ + missed_, seq_);
  EXPECT_EQ(found_, sums_);
  ASSERT_TRUE(to->close());
  // A stream that is gone as a whole.
  to.reset();
  to = writer(40'000, "2899dae44fa44eef-4712-55559");
  write(*to, 2000);
  read(*from);
  EXPECT_EQ(found_, sums_);
  EXPECT_EQ(last_.at(kStream), 2100U);
  // And one who comes late.
  auto late = reader();
  last_.clear();
  found_ = {};
  read(*late);
  EXPECT_EQ(found_, sums_);
}

// Its host is said where its first line is missing; and the line about it is the same whenever it is made,
// for it goes by one key.
TEST_F(SpoolReaderTest, AStreamThatIsGoneHasAHostAndATime) {
  auto to = writer(40'000);
  write(*to, 1000);
  ASSERT_TRUE(to->close());
  to.reset();
  to = writer(40'000, "2899dae44fa44eef-4712-55559");
  write(*to, 2000);
  const auto from = reader();
  const auto first = from->next();
  ASSERT_TRUE(first && *first);
  EXPECT_EQ((*first)->stream, kStream);
  EXPECT_EQ((*first)->text,
            R"({"v":1,"type":"lost","stream":")" + std::string(kStream) +
                R"(","time":"2026-01-01T00:00:00.000000000Z","ktime_ns":1000000,"where":"spool",)"
                R"("seq_from":1,"seq_to":1000,"count":1000,"forks":333,"execs":334,"exits":333,"lost":0,)"
                R"("host":{"name":"h"},"tracer":{"version":"1"}})");
  EXPECT_EQ(from->head().host, R"({"name":"h"})");
  // Who has read some of it doesn't need to be told.
  const auto later = reader({{kStream, {400, {}}}});
  const auto rest = later->next();
  ASSERT_TRUE(rest && *rest);
  EXPECT_EQ((*rest)->seq_from, 401U);
  EXPECT_EQ((*rest)->text.find("host"), std::string_view::npos);
  EXPECT_EQ(later->head().host, R"({"name":"h"})");
}

TEST_F(SpoolReaderTest, AGapOfAnotherStreamBetweenASegmentsLinesLeavesThemTheirHost) {
  auto to = writer();
  write(*to, 3);
  const auto from = reader();
  read(*from);
  SpoolAccount account;
  account.set({"2899dae44fa44eef-4-5", 9, {9, 0, 0, 0}});
  std::ofstream(path_ + "/account") << account.to_json();
  read(*from);
  ASSERT_EQ(gaps_, 1U);
  EXPECT_EQ(from->head().host, "{}");
  write(*to, 1);
  read(*from);
  EXPECT_EQ(lines_, 4U);
  EXPECT_EQ(from->head().stream, kStream);
  EXPECT_EQ(from->head().host, R"({"name":"h"})");
}

TEST_F(SpoolReaderTest, DamageIsReportedAndCopiesCountOnce) {
  {
    auto to = writer();
    write(*to, 1000);
    ASSERT_TRUE(to->close());
  }
  const auto segments = files();
  ASSERT_GT(segments.size(), 8U);
  std::filesystem::remove(segments[1]);
  std::filesystem::resize_file(segments[3], 5000);
  std::filesystem::resize_file(segments[5], 0);
  auto name = *parse_segment_name(std::filesystem::path(segments[2]).filename().string());
  name.number = 4711;
  std::filesystem::copy_file(segments[2], path_ + '/' + name.file_name());
  std::ofstream(path_ + "/notes.txt") << "theirs";
  auto from = reader();
  read(*from);
  EXPECT_EQ(gaps_, 3U);
  EXPECT_EQ(lines_ + missed_, 1000U);
  EXPECT_EQ(found_, sums_);
}

// Its head goes into the segments of another spool.
// Their segments have the same numbers.
TEST_F(SpoolReaderTest, TwoSpoolsPutTogetherAreBothRead) {
  constexpr const char* kOther = "3899dae44fa44eef-4712-55559";
  const std::string first = path_;
  write(*writer(), 250);
  path_ = dir_.path("other");
  write(*writer(std::uint64_t{64} << 20, kOther), 250);
  for (const std::string& file : files())
    std::filesystem::copy(file, first + '/' + std::filesystem::path(file).filename().string());
  path_ = first;
  read(*reader());
  EXPECT_EQ(lines_, 500U);
  EXPECT_EQ(last_[kStream], 250U);
  EXPECT_EQ(last_[kOther], 250U);
  EXPECT_EQ(gaps_, 0U);
}

TEST_F(SpoolReaderTest, AStartWithoutHostAndTracerHasEmptyOnes) {
  std::filesystem::create_directories(path_);
  std::ofstream(path_ + "/000000000001-" + kStream + "-1.jsonl")
      << R"({"v":1,"type":"start","stream":")" << kStream
      << R"(","seq":1,"time":"2026-01-01T00:00:00Z","ktime_ns":1})" << '\n';
  auto from = reader();
  read(*from);
  EXPECT_EQ(lines_, 1U);
  EXPECT_EQ(from->head().host, "{}");
  EXPECT_EQ(from->head().tracer, "{}");
}

TEST_F(SpoolReaderTest, ANewerVersionEndsIt) {
  {
    auto to = writer();
    write(*to, 3);
    ASSERT_TRUE(to->close());
  }
  std::ofstream(files()[0], std::ios::app) << R"({"v":2,"type":"exec","stream":"a-1-2","seq":4})" << '\n';
  auto from = reader();
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(from->next());
  const auto item = from->next();
  ASSERT_FALSE(item);
  EXPECT_NE(item.error().message.find("version 2"), std::string::npos);
}

TEST_F(SpoolReaderTest, ASpoolOfOtherStreamsIsAnError) {
  {
    auto to = writer();
    write(*to, 3);
  }
  EXPECT_FALSE(SpoolReader::open(path_, {{"0000000000000000-1-1", {7, {}}}}));
  // Nor does it know one more once a stream of its own is gone as a whole.
  {
    auto to = writer(40'000, "2899dae44fa44eef-4712-55559");
    write(*to, 2000);
  }
  EXPECT_TRUE(SpoolReader::open(path_, {{kStream, {2, {}}}}));
  EXPECT_FALSE(SpoolReader::open(path_, {{"0000000000000000-1-1", {7, {}}}}));
  EXPECT_FALSE(SpoolReader::open(path_ + "/none"));
}

}  // namespace
}  // namespace proctree
