// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// Recordings of several files, compressed ones, folders and spools.
#include <algorithm>

#include "compress.hpp"
#include "replay/line_memory.hpp"
#include "replay_fixture.hpp"

namespace proctree {
namespace {

using Warnings = std::vector<std::string>;

const std::string kListing =
    process_fields(7, "sh", 1) + lineage_fields("7|sh|root;1|init|root", ancestor(1, "init"));

std::string exec(std::uint64_t seq, std::string_view stream = "b00t-9-9") {
  std::string line = recorded("exec", seq, kListing);
  return line.insert(line.find(",\"seq\""), ",\"stream\":\"" + std::string(stream) + "\"");
}
std::string segment(std::string_view host, std::string_view boot, std::uint64_t first_seq) {
  return R"({"v":1,"type":"segment","stream":"b00t-9-9","first_seq":)" + std::to_string(first_seq) +
         R"(,"time":"2026-03-01T09:30:00Z","ktime_ns":)" + std::to_string(first_seq) +
         R"(000000000,"host":{"name":")" + std::string(host) + R"(","boot_id":")" + std::string(boot) +
         R"("},"tracer":{"version":"0.1.0","pid":9,"source":"bpf"},"totals":{"forks":0,"execs":0,"exits":0,"lost":0}})"
         "\n";
}

class FilesTest : public ReplayTest {
 protected:
  // Of files by name, in this order; of those that they stand for.
  Replayed files(const std::vector<std::string>& names) {
    std::vector<std::string> paths;
    for (const std::string& name : names) paths.push_back(tree_.path(name));
    auto found = find_recording_files(paths);
    if (!found) return {without_root(found.error().to_string()), {}, {}};
    Replayed replayed = replay_files(found->files, {},
                                     [](Replay& replay, Output& output) { return copy(replay, output, {}); });
    replayed.error = without_root(replayed.error);
    for (std::string& warning : replayed.warnings) warning = without_root(warning);
    for (const std::string& warning : found->warnings) replayed.warnings.push_back(without_root(warning));
    return replayed;
  }
  [[nodiscard]] std::string without_root(std::string text) const {
    const std::string root = tree_.root() + '/';
    for (std::size_t at = 0; (at = text.find(root)) != std::string::npos;) text.erase(at, root.size());
    return text;
  }
};

TEST_F(FilesTest, AreReadInTheGivenOrder) {
  tree_.write("one", started() + exec(2));
  tree_.write("two.gz", gzip(exec(3)) + gzip(exec(4)));
  tree_.write("three.zst", zstd(exec(5)) + zstd("") + zstd(exec(6)));
  tree_.write("empty", "");
  const Replayed replayed = files({"one", "empty", "two.gz", "three.zst", "empty"});
  EXPECT_EQ(replayed.error, "");
  EXPECT_EQ(replayed.warnings, Warnings{});
  EXPECT_EQ(replayed.output, started() + exec(2) + exec(3) + exec(4) + exec(5) + exec(6));
  EXPECT_EQ(files({"two.gz", "one"}).output, exec(3) + exec(4) + started() + exec(2));
}

TEST_F(FilesTest, WhatIsWrongIsNamedByFile) {
  tree_.write("one", started() + exec(2));
  tree_.write("two", exec(3) + "\n" + exec(2) + "garbage\n");
  const Replayed replayed = files({"one", "two"});
  EXPECT_EQ(replayed.error.substr(0, replayed.error.find(';')), "two line 4: not JSON: a value is expected");
  EXPECT_EQ(replayed.warnings,
            (Warnings{"1 blank line left out, at two line 2", "1 repeated line left out, at two line 3"}));
  EXPECT_EQ(files({"one", "missing"}).error.find("cannot open missing: "), 0U);
}

// Each tracer may have been killed at a file's end; the next file begins with what another wrote.
TEST_F(FilesTest, ATornEndOfAFileIsExcused) {
  const std::string other = started(1, "other");
  tree_.write("one", started() + exec(2) + "{\"v\":1,\"ty");
  tree_.write("ended", started() + exec(2) + "{\"v\":1,\"ty\n");
  tree_.write("two", other);
  for (const char* first : {"one", "ended"}) {
    const Replayed replayed = files({first, "two"});
    EXPECT_EQ(replayed.error, "");
    EXPECT_EQ(replayed.output, started() + exec(2) + other);
    EXPECT_EQ(replayed.warnings, Warnings{"1 torn line left out, at " + std::string(first) + " line 3"});
  }
  tree_.write("three", exec(3));
  EXPECT_EQ(files({"ended", "three"}).error.find("ended line 3: not JSON"), 0U);
}

TEST_F(FilesTest, ATornCompressedFileCountsAsFarAsItGoes) {
  std::string text = started();
  for (std::uint64_t seq = 2; seq < 4000; ++seq) text += exec(seq);
  for (const std::string& bytes : {gzip(text), zstd(text)}) {
    tree_.write("torn", bytes.substr(0, bytes.size() * 2 / 3));
    tree_.write("next", started(1, "other"));
    const Replayed replayed = files({"torn", "next"});
    EXPECT_EQ(replayed.error, "");
    const std::string next = started(1, "other");
    ASSERT_TRUE(replayed.output.ends_with(next));
    const std::string read = replayed.output.substr(0, replayed.output.size() - next.size());
    EXPECT_TRUE(text.starts_with(read));
    EXPECT_GT(read.size(), text.size() / 8);
    ASSERT_FALSE(replayed.warnings.empty());
    EXPECT_EQ(
        replayed.warnings[0].find("1 compressed file torn: what could be read of it counts, at torn line "),
        0U)
        << replayed.warnings[0];
  }
}

TEST_F(FilesTest, AFolderIsReadByFirstTime) {
  tree_.write("log/a.gz", gzip(exec(5) + exec(6)));
  tree_.write("log/b", "\n{\"v\":1,\"ty\n" + started() + exec(2));
  tree_.write("log/c.zst", zstd(exec(3) + exec(4)));
  tree_.write("log/empty", "");
  tree_.write("log/README", "nothing of ours\n");
  tree_.write("log/image.gz", gzip("no lines"));
  tree_.write("log/deeper/d", exec(9));
  tree_.fifo("log/pipe");
  const Replayed replayed = files({"log"});
  EXPECT_EQ(replayed.error, "");
  EXPECT_EQ(replayed.output, started() + exec(2) + exec(3) + exec(4) + exec(5) + exec(6));
  EXPECT_EQ(replayed.warnings,
            (Warnings{"1 torn line left out, at log/b line 2", "1 blank line left out, at log/b line 1",
                      "log: 2 files are no recording and left out (README, …)"}));
  tree_.write("none/README", "nothing of ours\n");
  EXPECT_EQ(files({"none"}).error.find("none holds no recording"), 0U);
}

TEST_F(FilesTest, ASpoolIsReadByNumber) {
  const std::string stream = "0f9c2d4e8a314b57-9-9";
  const auto name = [&](const std::string& number, std::uint64_t first_seq) {
    return "spool/" + number + '-' + stream + '-' + std::to_string(first_seq) + ".jsonl";
  };
  // By number, not by time or by name; the compressed one counts, since the plain one may be half removed.
  tree_.write(name("1000000000000", 7), segment("h", "b00t", 7) + exec(7));
  tree_.write(name("999999999999", 5), "{\"v\":1,");
  tree_.write(name("999999999999", 5) + ".zst", zstd(segment("h", "b00t", 5) + exec(5) + exec(6)));
  tree_.write(name("000000000009", 1) + ".zst", zstd(segment("h", "b00t", 1) + started() + exec(2)));
  tree_.write(name("000000000010", 3), segment("h", "b00t", 3) + exec(3) + exec(4));
  for (const char* other : {"audit.jsonl", "account", "lock", "00000000001-b00t-9-9-1.jsonl",
                            "000000000001-1.jsonl.gz", "000000000001-b00t-9-9-x.jsonl", "000000000001.jsonl"})
    tree_.write(std::string("spool/") + other, exec(99));
  const Replayed replayed = files({"spool"});
  EXPECT_EQ(replayed.error, "");
  EXPECT_EQ(replayed.warnings, Warnings{});
  EXPECT_EQ(replayed.output, started() + exec(2) + exec(3) + exec(4) + exec(5) + exec(6) + exec(7));
}

// The writer goes on meanwhile: it compresses what it has closed, and drops the oldest.
TEST_F(FilesTest, ASpoolMayChangeWhileItIsRead) {
  const std::string one = "spool/000000000001-b00t-9-9-1.jsonl";
  const std::string two = "spool/000000000002-b00t-9-9-3.jsonl";
  const std::string three = "spool/000000000003-b00t-9-9-5.jsonl";
  tree_.write(one, started() + exec(2));
  tree_.write(two, exec(3) + exec(4));
  tree_.write(three, exec(5));
  auto found = find_recording_files({tree_.path("spool")});
  ASSERT_TRUE(found);
  tree_.remove(one);
  tree_.remove(two);
  tree_.write(two + ".zst", zstd(exec(3) + exec(4)));
  const auto use = [](Replay& replay, Output& output) { return copy(replay, output, {}); };
  EXPECT_EQ(replay_files(found->files, {}, use).output, exec(3) + exec(4) + exec(5));
}

TEST_F(FilesTest, SegmentsNameTheHostAndGoNoFurther) {
  const auto host_of = [&](std::string_view recording) {
    std::string host;
    const Replayed replayed = replay(recording, {}, [&](Replay& replay, Output& output) {
      auto done = copy(replay, output, {});
      host = replay.host().name + ' ' + replay.host().boot_id;
      return done;
    });
    EXPECT_EQ(replayed.error, "");
    EXPECT_EQ(replayed.output.find("segment"), std::string::npos);
    EXPECT_EQ(replayed.warnings, Warnings{});
    return host;
  };
  EXPECT_EQ(host_of(segment("there", "b00t", 7) + exec(7) + segment("there", "b00t", 8) + exec(8)),
            "there b00t");
  EXPECT_EQ(host_of(segment("there", "b00t", 1) + started()), "h b00t");
  // What runs is known from before, but for another boot's.
  const std::string before = started() + recorded("fork", 2, process_fields(7, "sh", 0));
  const std::string after = recorded("fork", 3, process_fields(8, "ls", 0));
  EXPECT_EQ(tree(before + segment("h", "b00t", 3) + after), "sh(7)\nls(8)\n");
  EXPECT_EQ(tree(before + segment("h", "other", 3) + after), "ls(8)\n");
  // It begins a file as `start` does.
  EXPECT_EQ(copied(started() + "{\"v\":1,\"ty\n" + segment("h", "b00t", 2) + exec(2)).output,
            started() + exec(2));
}

TEST(LineMemoryTest, RemembersTheLastOnes) {
  LineMemory memory;
  const std::uint64_t count = LineMemory::kRemembered * 5 / 2;
  for (std::uint64_t i = 0; i < count; ++i) EXPECT_TRUE(memory.insert(i * 0x9e3779b97f4a7c15U));
  for (std::uint64_t i = count - LineMemory::kRemembered; i < count; ++i)
    EXPECT_FALSE(memory.insert(i * 0x9e3779b97f4a7c15U));
  EXPECT_TRUE(memory.insert(0)) << "long ago";
  memory.clear();
  EXPECT_TRUE(memory.insert(count - 1));
}

}  // namespace
}  // namespace proctree
