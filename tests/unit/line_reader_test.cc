// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "base/line_reader.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cerrno>
#include <fstream>
#include <future>
#include <string>
#include <thread>
#include <vector>

#include "temp_tree.hpp"

namespace proctree {
namespace {

class LineReaderTest : public testing::Test {
 protected:
  LineReader open(std::string_view text, std::size_t line_max = LineReader::kLineMax) {
    tree_.write("file", text);
    auto reader = LineReader::open(tree_.path("file"), line_max);
    EXPECT_TRUE(reader);
    return std::move(*reader);
  }
  static std::vector<std::string> all(LineReader& reader) {
    std::vector<std::string> lines;
    while (true) {
      const auto line = reader.next();
      EXPECT_TRUE(line) << line.error().to_string();
      if (!line || !*line) return lines;
      lines.emplace_back(**line);
    }
  }

  TempTree tree_;
};

TEST_F(LineReaderTest, HandsOutLines) {
  LineReader reader = open("one\n\nthree\n");
  EXPECT_EQ(all(reader), (std::vector<std::string>{"one", "", "three"}));
  EXPECT_EQ(reader.number(), 3U);
  EXPECT_TRUE(reader.ended());
}

TEST_F(LineReaderTest, ReportsALastLineWithoutItsEnd) {
  LineReader reader = open("one\ntw");
  EXPECT_EQ(all(reader), (std::vector<std::string>{"one", "tw"}));
  EXPECT_FALSE(reader.ended());
  LineReader none = open("");
  EXPECT_TRUE(all(none).empty());
  EXPECT_TRUE(none.ended());
}

TEST_F(LineReaderTest, NulsBeforeALineAreNoneOfIt) {
  LineReader reader =
      open(std::string(1'000'000, '\0') + "one\n" + std::string(3, '\0') + "\ntwo\nth\0ree\n");
  for (const auto& [line, nuls] :
       std::vector<std::pair<std::string, bool>>{{"one", true}, {"", true}, {"two", false}, {"th", false}}) {
    const auto got = reader.next();
    ASSERT_TRUE(got && *got);
    EXPECT_EQ(**got, line);
    EXPECT_EQ(reader.skipped_nuls(), nuls);
  }
  LineReader last = open("one\n" + std::string(5000, '\0'));
  EXPECT_EQ(all(last), (std::vector<std::string>{"one"}));
  EXPECT_TRUE(last.skipped_nuls());
  EXPECT_FALSE(last.ended()) << "something was to stand there";
}

// Lines of all lengths about those of the buffer, which they are cut by in many places.
TEST_F(LineReaderTest, LinesMayBeLongerThanWhatIsReadAtATime) {
  std::string text;
  std::vector<std::string> expected;
  for (std::size_t size = 1; size < 3'000'000; size = size * 3 + 1) {
    for (std::size_t i = 0; i < 3; ++i) {
      expected.emplace_back(size + i, static_cast<char>('a' + i));
      text += expected.back() + '\n';
    }
  }
  LineReader reader = open(text);
  EXPECT_EQ(all(reader), expected);
}

TEST_F(LineReaderTest, RefusesALineWithoutEnd) {
  LineReader reader = open("fine\n" + std::string(3'000'000, 'x') + "\nnot read\n", 1 << 20);
  ASSERT_TRUE(reader.next());
  const auto refused = reader.next();
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().message.find("file line 2: longer than 1 MiB"), std::string::npos)
      << refused.error().message;
  LineReader endless = open(std::string(3'000'000, 'x'), 1 << 20);
  EXPECT_FALSE(endless.next());
}

TEST_F(LineReaderTest, SaysWhatCannotBeRead) {
  const auto missing = LineReader::open(tree_.path("missing"));
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().code, ErrorCode::not_found);
  auto folder = LineReader::open(tree_.root());
  ASSERT_TRUE(folder);
  const auto read = folder->next();
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().system_errno, EISDIR);
}

TEST_F(LineReaderTest, SaysThatItWaits) {
  tree_.fifo("pipe");
  std::promise<void> waits_for_third;
  std::thread writer([&] {
    std::ofstream pipe(tree_.path("pipe"));
    pipe << "one\ntwo\n" << std::flush;
    waits_for_third.get_future().wait();
    pipe << "three\n";
  });
  auto reader = LineReader::open(tree_.path("pipe"));
  ASSERT_TRUE(reader);
  std::vector<std::uint64_t> waits;
  reader->before_waiting([&]() -> Result<void> {
    waits.push_back(reader->number());
    if (waits.back() == 2) waits_for_third.set_value();
    return {};
  });
  EXPECT_EQ(all(*reader).size(), 3U);
  writer.join();
  EXPECT_EQ(std::count(waits.begin(), waits.end(), 2U), 1) << "before the third line is there";
}

TEST_F(LineReaderTest, HandsOnAFailureToMakeRoom) {
  tree_.fifo("pipe");
  std::promise<void> failed;
  std::thread writer([&] {
    std::ofstream pipe(tree_.path("pipe"));
    pipe << "one\n" << std::flush;
    failed.get_future().wait();  // open until then: the reader has to wait
  });
  auto reader = LineReader::open(tree_.path("pipe"));
  ASSERT_TRUE(reader);
  reader->before_waiting([] { return Result<void>(fail(ErrorCode::io, "full")); });
  auto line = reader->next();
  if (line) line = reader->next();
  failed.set_value();
  writer.join();
  ASSERT_FALSE(line);
  EXPECT_EQ(line.error().message, "full");
}

}  // namespace
}  // namespace proctree
