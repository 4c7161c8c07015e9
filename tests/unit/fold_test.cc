// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// Lives that repeat: what is written, what is counted, and that nothing goes missing between.
#include <gtest/gtest.h>

#include <map>
#include <string>
#include <vector>

#include "base/json_cursor.hpp"
#include "procfs/users.hpp"
#include "sink/jsonl_sink.hpp"

namespace proctree {
namespace {

// What a line says.
struct Line {
  std::string type;
  std::string comm;
  std::uint64_t seq = 0;
  std::uint64_t pid = 0;
  std::uint64_t of = 0;
  LineTotals totals;
};

class Lines final : public JsonLines {
 public:
  void begin(const StreamHead&) override {}
  Result<void> append(const JsonLine& line) override {
    sums += line.totals;
    Line read;
    JsonCursor json;
    json.start(line.text);
    EXPECT_TRUE(json.begin_object());
    for (std::string_view key; json.next_key(key);) {
      std::string_view text;
      if (key == "type" && json.string(text)) {
        read.type = text;
      } else if (key == "comm" && json.string(text)) {
        read.comm = text;
      } else if (key == "seq") {
        EXPECT_TRUE(json.number(read.seq));
      } else if (key == "pid") {
        EXPECT_TRUE(json.number(read.pid));
      } else if (key == "of") {
        EXPECT_TRUE(json.number(read.of));
      } else {
        json.skip();
      }
    }
    EXPECT_TRUE(json.end()) << line.text;
    EXPECT_EQ(read.seq, line.seq);
    EXPECT_EQ(read.seq, lines.size() + 1);
    read.totals = line.totals;
    lines.push_back(read);
    return {};
  }
  Result<void> flush() override { return {}; }

  std::vector<Line> lines;
  LineTotals sums;
};

class FoldTest : public testing::Test {
 protected:
  static constexpr std::uint64_t kSecond = 1'000'000'000;

  FoldTest() {
    host_.id_prefix = "0123456789abcdef";
    loop_ = born(10, kNoSlot);
  }

  Slot born(std::uint32_t pid, Slot creator) {
    ktime_ns_ += 1'000'000;
    const Slot slot = table_.insert({pid, ktime_ns_}, creator, Edge::observed);
    table_.set_image(slot, {"sh", "/bin/sh", 3});
    return slot;
  }
  RecordHead head() {
    ktime_ns_ += 1'000'000;
    return {ktime_ns_, static_cast<std::int64_t>(ktime_ns_), &table_, &users_, &host_};
  }
  TaskFacts task(Slot slot) {
    TaskFacts task;
    task.self = table_.key(slot);
    task.comm = table_.comm(slot);
    task.exec_seq = 3;
    return task;
  }
  void put(RecordKind kind, Slot slot, const ImageFacts* image = nullptr, std::uint32_t status = 0) {
    ProcessRecord record;
    record.kind = kind;
    record.head = head();
    record.slot = slot;
    const TaskFacts facts = task(slot);
    record.task = &facts;
    record.image = image;
    ExitEvent exit;
    exit.status = status;
    exit.task = facts;
    if (kind == RecordKind::exit) record.exit = &exit;
    happened_ += {kind == RecordKind::fork ? 1U : 0U, kind == RecordKind::exec ? 1U : 0U,
                  kind == RecordKind::exit ? 1U : 0U, 0};
    ASSERT_TRUE(sink_.on_process(record));
  }
  Slot fork(Slot creator) {
    const Slot slot = born(++pid_, creator);
    put(RecordKind::fork, slot);
    return slot;
  }
  void exec(Slot slot, const std::string& program, const std::string& arg = "") {
    std::string args = program;
    args += '\0';
    args += arg;
    args += '\0';
    const std::string exe = "/bin/" + program;
    ImageFacts image;
    image.exe = exe;
    image.args = args;
    image.args_size = static_cast<std::uint32_t>(args.size());
    image.args_known = true;
    table_.set_image(slot, {program, exe, 4});
    put(RecordKind::exec, slot, &image);
  }
  void exit(Slot slot, std::uint32_t status = 0) {
    put(RecordKind::exit, slot, nullptr, status);
    table_.mark_exited(slot, ktime_ns_);
  }
  // Of its exec.
  void hash(Slot slot) {
    HashRecord late{head(), table_.key(slot), 4, {}};
    late.image.script_sha256 = "cafe";
    ASSERT_TRUE(sink_.on_hash(late));
  }
  void live(Slot creator, const std::string& program, const std::string& arg = "", std::uint32_t status = 0) {
    const Slot slot = fork(creator);
    exec(slot, program, arg);
    exit(slot, status);
  }
  void wait(std::uint64_t ns) {
    ktime_ns_ += ns;
    ASSERT_TRUE(sink_.expire(ktime_ns_));
  }
  void stop() {
    ASSERT_TRUE(sink_.on_stop({head(), {}, {}, {}}));
    EXPECT_EQ(lines_.sums, happened_);
  }
  // "fork exec exit repeat …"
  [[nodiscard]] std::string types() const {
    std::string all;
    for (const Line& line : lines_.lines) all += (all.empty() ? "" : " ") + line.type;
    return all;
  }

  ProcessTable table_;
  UserNames users_{"/dev/null"};
  Host host_;
  Lines lines_;
  JsonlSink sink_{lines_, {.events = {}, .fold = true}};
  std::uint64_t ktime_ns_ = 1000 * kSecond;
  std::uint32_t pid_ = 1000;
  Slot loop_ = kNoSlot;
  LineTotals happened_;
};

TEST_F(FoldTest, WhatRepeatsIsWrittenOnceAndCounted) {
  for (int i = 0; i < 100; ++i) live(loop_, "date", "", i % 10 == 0 ? 256 : 0);
  EXPECT_EQ(types(), "fork exec exit");
  stop();
  EXPECT_EQ(types(), "fork exec exit repeat stop");
  EXPECT_EQ(lines_.lines[3].of, 2U);
  EXPECT_EQ(lines_.lines[3].totals, (LineTotals{99, 99, 99, 0}));
}

TEST_F(FoldTest, WhatDiffersIsWritten) {
  live(loop_, "date");
  live(loop_, "date", "-u");
  live(loop_, "cat");
  const Slot other = born(11, kNoSlot);
  live(other, "date");
  stop();
  EXPECT_EQ(types(), "fork exec exit fork exec exit fork exec exit fork exec exit stop");
}

TEST_F(FoldTest, TheWindowIsAMinuteFromTheWrittenLife) {
  for (int i = 0; i < 61; ++i) {
    live(loop_, "date");
    wait(kSecond);
  }
  EXPECT_EQ(types(), "fork exec exit repeat fork exec exit");
  stop();
}

TEST_F(FoldTest, ALongLifeIsWrittenWhenItIsLong) {
  live(loop_, "date");
  const Slot slot = fork(loop_);
  exec(slot, "date");
  EXPECT_EQ(types(), "fork exec exit");
  wait(10 * kSecond);
  EXPECT_EQ(types(), "fork exec exit fork exec");
  exit(slot);
  EXPECT_EQ(types(), "fork exec exit fork exec exit");
  stop();
}

// Of a job that starts others all are counted, or none.
TEST_F(FoldTest, AJobFoldsWithAllThatItStarts) {
  const auto job = [&](bool odd) {
    const Slot top = fork(loop_);
    exec(top, "job");
    live(top, "step", "1");
    live(top, "step", odd ? "odd" : "2");
    exit(top);
  };
  job(false);
  const std::string first = types();
  job(false);
  job(false);
  EXPECT_EQ(types(), first);
  job(true);
  EXPECT_EQ(types(), first + " fork exec fork exec exit fork exec exit exit");
  // The lines of the job that was to be counted stand before those of what it started.
  EXPECT_EQ(lines_.lines[9].comm, "sh");
  EXPECT_EQ(lines_.lines[10].comm, "job");
  stop();
}

TEST_F(FoldTest, ForksWithoutAnExecFold) {
  for (int i = 0; i < 5; ++i) exit(fork(loop_));
  stop();
  EXPECT_EQ(types(), "fork exit repeat stop");
  EXPECT_EQ(lines_.lines[2].of, 1U);
}

// A shell's forks are alike until they start something.
TEST_F(FoldTest, ForksThatStartOtherThingsFold) {
  const auto round = [&] {
    exit(fork(loop_));
    const Slot subshell = fork(loop_);
    live(subshell, "date");
    exit(subshell);
    const Slot other = fork(loop_);
    live(other, "cat");
    live(other, "tr");
    exit(other);
  };
  for (int i = 0; i < 3; ++i) round();
  const std::string after = types();
  for (int i = 0; i < 20; ++i) round();
  EXPECT_EQ(types(), after);
  stop();
}

TEST_F(FoldTest, ALossComesAfterAllThatWasHeld) {
  live(loop_, "date");
  live(loop_, "date");
  const Slot slot = fork(loop_);
  exec(slot, "date");
  LostRecord lost;
  lost.head = head();
  lost.lost.count = 7;
  happened_.lost = 7;
  ASSERT_TRUE(sink_.on_lost(lost));
  EXPECT_EQ(types(), "fork exec exit fork exec repeat lost");
  exit(slot);
  stop();
}

// A segment, or what follows a loss, may be all that a reader has: the lines that a repeat is of are in it
// too.
TEST_F(FoldTest, ALifeThatRanThenIsRepeatedByNoneAfterIt) {
  const Slot slot = fork(loop_);
  exec(slot, "date");
  LostRecord lost;
  lost.head = head();
  lost.lost.count = happened_.lost = 7;
  ASSERT_TRUE(sink_.on_lost(lost));
  exit(slot);
  live(loop_, "date");
  live(loop_, "date");
  stop();
  EXPECT_EQ(types(), "fork exec lost exit fork exec exit repeat stop");
  EXPECT_EQ(lines_.lines[7].of, 6U);
}

// A late hash is written, held and left out as the lines of its life are, and ends no folding.
TEST_F(FoldTest, AHashGoesWithItsLife) {
  live(loop_, "date");
  hash(table_.find(pid_));
  EXPECT_EQ(types(), "fork exec exit hash");
  for (int i = 0; i < 5; ++i) {
    live(loop_, "date");
    hash(table_.find(pid_));
  }
  EXPECT_EQ(types(), "fork exec exit hash") << "of lives that were counted";
  const Slot slot = fork(loop_);
  exec(slot, "date");
  hash(slot);
  EXPECT_EQ(types(), "fork exec exit hash");
  wait(10 * kSecond);
  EXPECT_EQ(types(), "fork exec exit hash fork exec hash");
  exit(slot);
  stop();
  EXPECT_EQ(types(), "fork exec exit hash fork exec hash exit repeat stop");
}

TEST_F(FoldTest, HeldLinesAreBounded) {
  live(loop_, "date", std::string(3000, 'x'));
  std::vector<Slot> held;
  for (int i = 0; i < 2000; ++i) {
    held.push_back(fork(loop_));
    exec(held.back(), "date", std::string(3000, 'x'));
  }
  EXPECT_GT(lines_.lines.size(), 1500U);
  for (const Slot slot : held) exit(slot);
  stop();
}

}  // namespace
}  // namespace proctree
