// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// A spool's folder and what its writer makes of lines, disks without room included.
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <zstd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "base/line_reader.hpp"
#include "spool/account.hpp"
#include "spool/segment_list.hpp"
#include "spool/spool_scan.hpp"
#include "spool/worker.hpp"
#include "spool_fixture.hpp"

namespace proctree {
namespace {

std::string read_all(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

void write_all(const std::string& path, const std::string& text) {
  std::ofstream(path, std::ios::binary) << text;
}

class SpoolTest : public SpoolFixture {
 protected:
  std::unique_ptr<SpoolWriter> open(SpoolOptions options = {}, std::uint64_t max = std::uint64_t{64} << 20) {
    options.warn = [this](const std::string& text) { warnings_.push_back(text); };
    return open_writer(std::move(options), max, kStream);
  }
  // With lines about dropped ones.
  void write(SpoolWriter& writer, std::uint64_t count, std::size_t padding = 100) {
    for (std::uint64_t i = 0; i < count; ++i) {
      if (const auto dropped = writer.take_dropped()) {
        reported_dropped_ += dropped->seq_to - dropped->seq_from + 1;
        append(writer, "lost", dropped->totals);
      }
      append_next(writer, padding);
    }
  }
  // The numbers of all lines that have one, in the order in which they are read; each segment must begin
  // with a line of its own.
  [[nodiscard]] std::vector<std::uint64_t> seqs() const {
    std::vector<std::uint64_t> found;
    for (const std::string& file : files()) {
      auto reader = LineReader::open(file);
      bool first = true;
      while (true) {
        const auto line = reader->next();
        if (!line || !*line) break;
        const bool is_segment = (*line)->find(R"("type":"segment")") != std::string_view::npos;
        EXPECT_EQ(is_segment, first) << file << ": " << **line;
        first = false;
        if (is_segment) continue;
        const std::size_t at = (*line)->find(R"("seq":)");
        found.push_back(std::stoull(std::string((*line)->substr(at + 6, 20))));
      }
      EXPECT_FALSE(reader->is_cut_short());
    }
    return found;
  }

  std::vector<std::string> warnings_;
  std::uint64_t reported_dropped_ = 0;
};

void expect_run(const std::vector<std::uint64_t>& seqs, std::uint64_t from, std::uint64_t to) {
  ASSERT_EQ(seqs.size(), to - from + 1);
  for (std::size_t i = 0; i < seqs.size(); ++i) ASSERT_EQ(seqs[i], from + i);
}

TEST(SegmentNameTest, IsReadAsItIsWrittenAndInNoOtherWay) {
  const SegmentName name{7, kStream, 42};
  EXPECT_EQ(name.file_name(), "000000000007-2899dae44fa44eef-4711-55558-42.jsonl");
  const SegmentName compressed{1'234'567'890'123, kStream, 1, true};
  EXPECT_EQ(compressed.file_name(), "1234567890123-2899dae44fa44eef-4711-55558-1.jsonl.zst");
  for (const SegmentName& each : {name, compressed}) {
    const auto read = parse_segment_name(each.file_name());
    ASSERT_TRUE(read);
    EXPECT_EQ(read->number, each.number);
    EXPECT_EQ(read->stream, each.stream);
    EXPECT_EQ(read->first_seq, each.first_seq);
    EXPECT_EQ(read->compressed, each.compressed);
  }
  for (const char* stranger :
       {"", ".jsonl", "7-a-1.jsonl", "000000000007-a-01.jsonl", "000000000007--1.jsonl",
        "000000000007-a-1.json", "000000000007-a/b-1.jsonl", "000000000007-a-.jsonl",
        "000000000007-a-1.jsonl.gz", "x000000000007-a-1.jsonl", "000000000007-A-1.jsonl",
        "99999999999999999999999-a-1.jsonl", "000000000007-a-1.jsonl.zst.zst"}) {
    EXPECT_FALSE(parse_segment_name(stranger)) << stranger;
  }
}

TEST(SpoolAccountTest, IsReadAsItIsWritten) {
  SpoolAccount account;
  account.set({"a-1-2", 7, {1, 2, 3, 4}});
  account.set({"b-1-2", 9, {5, 6, 7, 8}});
  account.set({"a-1-2", 8, {2, 2, 3, 4}});
  account.set({"a-1-2", 3, {}});  // what is known already
  account.set({"c-1-2", 4, {}, R"({"name":"h"})", R"({"pid":1})", "2026-01-01T00:00:00Z", 77});
  account.set({"c-1-2", 5, {}});  // its host is what it was
  const auto read = SpoolAccount::parse(account.to_json());
  ASSERT_TRUE(read) << read.error().to_string();
  EXPECT_EQ(read->streams(),
            (std::vector<StreamAccount>{{"a-1-2", 8, {2, 2, 3, 4}},
                                        {"b-1-2", 9, {5, 6, 7, 8}},
                                        {"c-1-2", 5, {}, R"({"name":"h"})", R"({"pid":1})"}}));
  for (const char* broken : {"", "{", "[]", R"({"streams":[{"last_seq":-1}]})", R"({"streams":[1]})",
                             R"({"streams":[{"host":"h"}]})"})
    EXPECT_FALSE(SpoolAccount::parse(broken)) << broken;
}

TEST_F(SpoolTest, WritesSegmentsThatStandForThemselves) {
  auto writer = open({.segment_bytes = 10'000});
  ASSERT_TRUE(writer);
  writer->start_worker();
  write(*writer, 1000);
  ASSERT_TRUE(writer->close());
  expect_run(seqs(), 1, 1000);
  EXPECT_GT(files().size(), 10U);
  struct stat status {};
  ASSERT_EQ(::stat(path_.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0750U);
  std::uint64_t lines = 0;
  for (const std::string& file : files()) {
    EXPECT_TRUE(file.ends_with(".zst")) << file;
    ASSERT_EQ(::stat(file.c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777, 0640U);
    const std::string bytes = read_all(file);
    // One frame with its size, and nothing behind it.
    const auto size = ZSTD_getFrameContentSize(bytes.data(), bytes.size());
    ASSERT_NE(size, ZSTD_CONTENTSIZE_UNKNOWN);
    EXPECT_LE(size, 10'000U);
    EXPECT_EQ(ZSTD_findFrameCompressedSize(bytes.data(), bytes.size()), bytes.size());
    const auto before = totals_before(file);
    ASSERT_TRUE(before);
    EXPECT_EQ(before->forks + before->execs + before->exits, lines);
    const auto scan = scan_segment(file);
    ASSERT_TRUE(scan);
    lines = scan->last.seq;
  }
}

TEST_F(SpoolTest, TheNextOneGoesOnWithTheNumbersAndKnowsWhatCameBefore) {
  {
    auto writer = open();
    write(*writer, 10);
    ASSERT_TRUE(writer->close());
  }
  // As a crash leaves it: a line of which a part is missing.
  ASSERT_EQ(files().size(), 1U);
  write_all(files()[0], read_all(files()[0]) + line_text(11, "exec").substr(0, 50));
  auto writer = open();
  EXPECT_EQ(writer->folder().torn_bytes(), 50U);
  ASSERT_TRUE(writer->folder().previous());
  EXPECT_EQ(writer->folder().previous()->stream, kStream);
  EXPECT_EQ(writer->folder().previous()->seq, 10U);
  EXPECT_EQ(writer->folder().previous()->ktime_ns, 10'000U);
  writer->start_worker();
  write(*writer, 1);
  ASSERT_TRUE(writer->close());
  expect_run(seqs(), 1, 11);
  EXPECT_NE(files()[1].find("/000000000002-"), std::string::npos);
}

// A follower reads as one of the group, however private the tracer's other files are.
TEST_F(SpoolTest, IsForItsGroupWhateverTheUmask) {
  const mode_t before = ::umask(077);
  {
    auto to = open({.segment_bytes = 10'000}, 40'000);
    to->start_worker();
    write(*to, 2000);
    ASSERT_TRUE(to->close());
  }
  ::umask(before);
  using std::filesystem::perms;
  const auto mode_of = [](const std::filesystem::path& path) {
    return std::filesystem::status(path).permissions();
  };
  constexpr perms kFile = perms::owner_read | perms::owner_write | perms::group_read;
  EXPECT_EQ(mode_of(path_), kFile | perms::owner_exec | perms::group_exec);
  std::size_t count = 0;
  for (const auto& entry : std::filesystem::directory_iterator(path_)) {
    EXPECT_EQ(mode_of(entry.path()), kFile) << entry.path();
    ++count;
  }
  EXPECT_GT(count, 3U);  // account, lock, segments
}

TEST_F(SpoolTest, DropsTheOldestAtTheBoundAndKeepsTheirAccount) {
  auto writer = open({.segment_bytes = 10'000}, 40'000);
  for (int i = 0; i < 20; ++i) {
    write(*writer, 100);
    ASSERT_TRUE(writer->flush());
    std::uint64_t bytes = 0;
    for (const std::string& file : files()) bytes += std::filesystem::file_size(file);
    EXPECT_LE(bytes, 40'000U);
  }
  ASSERT_TRUE(writer->close());
  const auto left = seqs();
  ASSERT_FALSE(left.empty());
  expect_run(left, left.front(), 2000);
  const auto account = SpoolAccount::parse(read_all(path_ + "/account"));
  ASSERT_TRUE(account);
  ASSERT_EQ(account->streams().size(), 1U);
  const StreamAccount& gone = account->streams()[0];
  EXPECT_EQ(gone.last_seq, left.front() - 1);
  EXPECT_EQ(gone.totals.forks + gone.totals.execs + gone.totals.exits, gone.last_seq);
  // And when a later trace drops the rest of them.
  writer.reset();
  auto next = open({.segment_bytes = 10'000}, 40'000);
  next->begin({"2899dae44fa44eef-4712-55559", "{}", "{}"});
  seq_ = 0;
  write(*next, 2000);
  ASSERT_TRUE(next->close());
  const auto after = SpoolAccount::parse(read_all(path_ + "/account"));
  ASSERT_TRUE(after);
  ASSERT_EQ(after->streams().size(), 2U);
  EXPECT_EQ(after->streams()[0].last_seq, 2000U);
  const LineTotals& all = after->streams()[0].totals;
  EXPECT_EQ(all.forks + all.execs + all.exits, 2000U);
}

// A limit on the size of files stands for a disk without room: a write is cut short, then refused.
TEST_F(SpoolTest, LinesWaitForTheDiskAndWhatDoesNotFitIsCounted) {
  struct rlimit before {};
  ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &before), 0);
  const auto handler = ::signal(SIGXFSZ, SIG_IGN);
  auto writer = open({.segment_bytes = 1 << 20, .buffer_bytes = 20'000});
  write(*writer, 10);
  ASSERT_TRUE(writer->flush());
  const struct rlimit small { 5000, before.rlim_max };
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &small), 0);
  write(*writer, 1000);
  ASSERT_TRUE(writer->flush());
  EXPECT_EQ(warnings_.size(), 1U);
  EXPECT_LT(std::filesystem::file_size(files()[0]), 5001U);
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &before), 0);
  ::signal(SIGXFSZ, handler);
  // The next try comes after a short time, with a line or without.
  while (reported_dropped_ == 0) write(*writer, 1);
  ASSERT_TRUE(writer->close());
  EXPECT_EQ(warnings_.size(), 2U);
  const auto found = seqs();
  EXPECT_EQ(found.size() + reported_dropped_, seq_);
  EXPECT_TRUE(std::ranges::is_sorted(found));
  EXPECT_EQ(std::ranges::adjacent_find(found), found.end());
  const auto scan = scan_segment(files().back());
  ASSERT_TRUE(scan);
}

TEST_F(SpoolTest, ALineLongerThanTheBufferIsTakenAlone) {
  auto writer = open({.buffer_bytes = 2000});
  EXPECT_TRUE(writer->takes(5000));
  write(*writer, 1, 5000);
  EXPECT_FALSE(writer->takes(1));
  ASSERT_TRUE(writer->flush());
  EXPECT_TRUE(writer->takes(5000));
  write(*writer, 1);
  EXPECT_FALSE(writer->take_dropped());
  ASSERT_TRUE(writer->close());
  expect_run(seqs(), 1, 2);
}

TEST_F(SpoolTest, OneWriterHoldsIt) {
  auto writer = open();
  const auto second = SpoolFolder::open(path_, {.max_bytes = 1 << 20});
  ASSERT_FALSE(second);
  EXPECT_NE(second.error().message.find("another proctree"), std::string::npos) << second.error().to_string();
}

TEST_F(SpoolTest, WhatIsNoSpoolIsAnErrorAndStrangersStay) {
  write_all(path_, "x");
  EXPECT_FALSE(SpoolFolder::open(path_, {.max_bytes = 1 << 20}));
  std::filesystem::remove(path_);
  EXPECT_FALSE(SpoolFolder::open(path_ + "/none/below", {.max_bytes = 1 << 20}));

  std::filesystem::create_directory(path_);
  for (const char* name : {"notes.txt", "x.jsonl", "000000000001-Z-1.jsonl", ".hidden.tmp"})
    write_all(path_ + '/' + name, "theirs");
  write_all(path_ + "/.000000000009-a-1-2-1.jsonl.zst.tmp", "half");
  {
    auto writer = open({.segment_bytes = 1000}, 2000);
    write(*writer, 100);
    ASSERT_TRUE(writer->close());
  }
  for (const char* name : {"notes.txt", "x.jsonl", "000000000001-Z-1.jsonl", ".hidden.tmp"})
    EXPECT_EQ(read_all(path_ + '/' + name), "theirs");
  EXPECT_FALSE(std::filesystem::exists(path_ + "/.000000000009-a-1-2-1.jsonl.zst.tmp"));
}

// As where another spool was copied into the folder.
TEST_F(SpoolTest, SegmentsOfOneNumberAreEachCompressed) {
  std::filesystem::create_directory(path_);
  for (const char* name : {"000000000001-aa-1.jsonl", "000000000001-bb-1.jsonl"})
    std::ofstream(path_ + '/' + name) << "{}\n";
  const auto folder = SpoolFolder::open(path_, {.max_bytes = 1 << 20});
  ASSERT_TRUE(folder) << folder.error().to_string();
  SpoolWorker worker(**folder);
  worker.stop();  // when all is compressed
  EXPECT_EQ(files(), (std::vector<std::string>{path_ + "/000000000001-aa-1.jsonl.zst",
                                               path_ + "/000000000001-bb-1.jsonl.zst"}));
}

// As on a full disk by who makes room.
TEST_F(SpoolTest, ARemovedSegmentIsForgotten) {
  std::filesystem::create_directory(path_);
  const std::string removed = path_ + "/000000000001-aa-1.jsonl";
  const std::string stays = path_ + "/000000000002-aa-2.jsonl";
  for (const std::string& path : {removed, stays}) std::ofstream(path) << "{}\n";
  const auto folder = SpoolFolder::open(path_, {.max_bytes = 1 << 20});
  ASSERT_TRUE(folder) << folder.error().to_string();
  EXPECT_EQ((*folder)->use().segments, 2U);
  std::filesystem::remove(removed);
  SpoolWorker worker(**folder);
  worker.stop();
  EXPECT_EQ(files(), std::vector<std::string>{stays + ".zst"});
  EXPECT_EQ((*folder)->use().segments, 1U);
  EXPECT_EQ((*folder)->use().bytes, std::filesystem::file_size(stays + ".zst"));
}

TEST_F(SpoolTest, OfAPlainAndACompressedOneTheCompressedCounts) {
  {
    auto writer = open();
    write(*writer, 3);
    ASSERT_TRUE(writer->close());
  }
  const std::string plain = files()[0];
  const std::string text = read_all(plain);
  {
    auto writer = open();
    writer->start_worker();
    write(*writer, 1);
    ASSERT_TRUE(writer->close());
  }
  ASSERT_EQ(files()[0], plain + ".zst");
  write_all(plain, text);  // as a crash between the two leaves it
  {
    auto writer = open();
    write(*writer, 1);
    ASSERT_TRUE(writer->close());
  }
  expect_run(seqs(), 1, 5);
}

}  // namespace
}  // namespace proctree
