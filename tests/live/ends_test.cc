// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// How a trace ends: by a signal, at a limit, when its reader is gone, when there is no room to write.
#include <fcntl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <thread>

#include "live.hpp"

namespace proctree::live {
namespace {

void start_storm(Workload& workload, unsigned size) {
  workload.start("storm", {"root", "7", std::to_string(size)});
}

// The line of totals that trace says at its end.
void expect_totals_reported(const Tracer& tracer, const Stream* stream = nullptr) {
  const std::string errors = tracer.errors();
  EXPECT_NE(errors.find(" exec"), std::string::npos) << errors;
  EXPECT_NE(errors.find(" lost"), std::string::npos) << errors;
  if (stream == nullptr || stream->records.empty()) return;
  const Json& stop = stream->records.back().json;
  for (const char* what : {"forks", "execs", "exits", "lost"}) {
    const auto count = stop.number(what).value_or(0);
    // "1 fork"; "1 lost" is one of "lost".
    const std::string unit = count == 1 && what != std::string("lost") ? std::string(what, 4) : what;
    const std::string reported = std::to_string(count) + ' ' + unit;
    EXPECT_NE(errors.find(reported), std::string::npos) << reported << " is not in: " << errors;
  }
}

class SignalTest : public testing::TestWithParam<int> {};

// In the midst of a storm: what was written is whole, up to a stop line with the totals of it.
TEST_P(SignalTest, EndsCleanly) {
  Tracer tracer;
  ASSERT_TRACING(tracer);
  Workload workload;
  start_storm(workload, 1500);
  while (tracer.output().size() < 200'000 && workload.running() > 0) std::this_thread::yield();
  EXPECT_EQ(tracer.stop(GetParam()), "exit 0") << tracer.errors();
  ASSERT_FINISHED(workload);
  Problems problems;
  const Stream stream = tracer.stream(problems);
  check_whole(stream, true, problems);
  EXPECT_TRUE(problems.none()) << problems.text();
  EXPECT_GT(stream.count("exec"), 10u);
  expect_totals_reported(tracer, &stream);
}

INSTANTIATE_TEST_SUITE_P(Live, SignalTest, testing::Values(SIGINT, SIGTERM));

TEST(EndsTest, Duration) {
  Tracer tracer({.args = {"--duration", "0.2"}});
  ASSERT_TRACING(tracer);
  EXPECT_EQ(tracer.stop(0), "exit 0") << tracer.errors();
  Problems problems;
  const Stream stream = tracer.stream(problems);
  check_whole(stream, true, problems);
  EXPECT_TRUE(problems.none()) << problems.text();
  expect_totals_reported(tracer, &stream);
}

TEST(EndsTest, CountOfExecs) {
  Tracer tracer({.args = {"--count", "7"}}), chains({.args = {"--count", "7"}, .format = "chain"}),
      text({.args = {"--count", "7"}, .format = "text"}),
      filtered({.args = {"--count", "7", "--comm", "s3"}});
  for (Tracer* each : {&tracer, &chains, &text, &filtered}) ASSERT_TRACING(*each);
  Workload workload;
  start_storm(workload, 500);
  ASSERT_FINISHED(workload);
  for (Tracer* each : {&tracer, &chains, &text, &filtered}) {
    EXPECT_EQ(each->stop(0), "exit 0") << each->errors();
    expect_totals_reported(*each);
  }
  for (Tracer* each : {&tracer, &filtered}) {
    Problems problems;
    const Stream stream = each->stream(problems);
    check_whole(stream, false, problems);
    EXPECT_TRUE(problems.none()) << problems.text();
    EXPECT_EQ(stream.count("exec"), 7u);
  }
  EXPECT_EQ(count_lines(chains.output()), 7u);
  EXPECT_EQ(count_lines(text.output()), 7u);
}

class ReaderGoneTest : public testing::TestWithParam<const char*> {};

// As under `| head -n 1`.
TEST_P(ReaderGoneTest, IsAnEndAndNoFailure) {
  Pipe pipe = make_pipe();
  Tracer tracer({.format = GetParam(), .stdout_fd = pipe.write.get()});
  pipe.write.reset();
  ASSERT_TRACING(tracer);
  Workload first;
  start_storm(first, 20);
  std::string line;
  for (char byte = 0; byte != '\n'; line += byte) ASSERT_EQ(read(pipe.read.get(), &byte, 1), 1);
  pipe.read.reset();
  ASSERT_FINISHED(first);
  Workload second;
  start_storm(second, 200);
  ASSERT_FINISHED(second);
  EXPECT_EQ(tracer.stop(0), "exit 0") << tracer.errors();
  EXPECT_GT(line.size(), 10u);
  expect_totals_reported(tracer);
}

INSTANTIATE_TEST_SUITE_P(Live, ReaderGoneTest, testing::Values("jsonl", "text", "chain"));

class LonelyPipeTest : public testing::Test {
 protected:
  LonelyPipeTest() { EXPECT_EQ(mkfifo(fifo_.c_str(), 0600), 0); }

  [[nodiscard]] Tracer::Options to_fifo() const { return {.args = {"--comm", "leaf"}, .output = fifo_}; }
  // It has begun with a reader, which is gone when the hangup comes.
  void hang_up_without_reader(const Tracer& tracer) {
    ASSERT_TRACING(tracer);
    reader_.reset();
    ASSERT_TRUE(tracer.signal_and_wait(SIGHUP));
  }

  TempDir dir_;
  std::string fifo_ = dir_.file("fifo");
  Fd reader_;
};

TEST_F(LonelyPipeTest, ASignalEndsItBeforeAReaderComes) {
  Tracer tracer({.output = fifo_});
  constexpr std::uint64_t kSigTerm = 1U << (SIGTERM - 1);
  const auto blocks_it = [&] {
    const std::string status = read_file("/proc/" + std::to_string(tracer.pid()) + "/status");
    const std::size_t at = status.find("SigBlk:");
    return at != std::string::npos && (std::stoull(status.substr(at + 7), nullptr, 16) & kSigTerm) != 0;
  };
  const auto deadline = std::chrono::steady_clock::now() + patiently(std::chrono::seconds(30));
  while (!blocks_it() && std::chrono::steady_clock::now() < deadline)
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  ASSERT_TRUE(blocks_it()) << "before that it ends by the signal";
  EXPECT_FALSE(tracer.is_tracing());
  EXPECT_EQ(tracer.stop(SIGTERM), "exit 0") << tracer.errors();
}

TEST_F(LonelyPipeTest, AHangupWithoutAReaderWaitsForTheNextOne) {
  reader_ = open_file(fifo_, O_RDONLY | O_NONBLOCK);
  Tracer tracer(to_fifo());
  ASSERT_NO_FATAL_FAILURE(hang_up_without_reader(tracer));
  (void)run({prog("leaf")});
  reader_ = open_file(fifo_, O_RDONLY);
  // What stood in the pipe is there still.
  std::string text;
  for (char byte = 0; text.find("\"comm\":\"leaf\"") == std::string::npos; text += byte) {
    ASSERT_EQ(read(reader_.get(), &byte, 1), 1) << text;
  }
  EXPECT_EQ(tracer.stop(SIGTERM), "exit 0") << tracer.errors();
}

TEST_F(LonelyPipeTest, AHangupWithoutAReaderHoldsUpNoSignal) {
  reader_ = open_file(fifo_, O_RDONLY | O_NONBLOCK);
  Tracer tracer(to_fifo());
  ASSERT_NO_FATAL_FAILURE(hang_up_without_reader(tracer));
  EXPECT_EQ(tracer.stop(SIGTERM), "exit 0") << tracer.errors();
}

// A file system of 128 KiB, gone at the end.
class TinyDisk {
 public:
  TinyDisk() : mounted_(mount("none", dir_.path().c_str(), "tmpfs", 0, "size=128k") == 0) {}
  TinyDisk(const TinyDisk&) = delete;
  TinyDisk& operator=(const TinyDisk&) = delete;
  ~TinyDisk() {
    if (mounted_) umount2(dir_.path().c_str(), MNT_DETACH);
  }
  [[nodiscard]] bool mounted() const { return mounted_; }
  [[nodiscard]] std::string file(const std::string& name) const { return dir_.file(name); }

 private:
  TempDir dir_;
  bool mounted_;
};

class FullDiskTest : public testing::TestWithParam<const char*> {};

TEST_P(FullDiskTest, LeavesWholeLinesAndSaysWhatToDo) {
  const TinyDisk disk;
  ASSERT_TRUE(disk.mounted());
  Tracer tracer({.format = GetParam(), .output = disk.file("out")});
  ASSERT_TRACING(tracer);
  Workload workload;
  start_storm(workload, 2000);
  ASSERT_FINISHED(workload);
  EXPECT_EQ(tracer.stop(), "exit 1");
  EXPECT_NE(tracer.errors().find(disk.file("out") + ": No space left on device"), std::string::npos)
      << tracer.errors();
  expect_totals_reported(tracer);
  const std::string output = tracer.output();
  ASSERT_GT(output.size(), 60'000u);
  EXPECT_EQ(output.back(), '\n');
  if (std::string(GetParam()) != "jsonl") return;
  Problems problems;
  const Stream stream = read_stream(output, problems);
  EXPECT_TRUE(problems.none()) << problems.text();
  EXPECT_EQ(stream.records.front().type, "start");
}

INSTANTIATE_TEST_SUITE_P(Live, FullDiskTest, testing::Values("jsonl", "text"));

// What else is written may fail: the spool is a whole stream up to the moment at which tracing ends.
TEST(EndsTest, TheSpoolBesideAFullDiskHasItsStop) {
  const TinyDisk disk;
  ASSERT_TRUE(disk.mounted());
  const TempDir dir;
  Tracer tracer({.args = {"--spool", dir.file("spool")}, .format = "text", .output = disk.file("out")});
  ASSERT_TRACING(tracer);
  Workload workload;
  start_storm(workload, 2000);
  ASSERT_FINISHED(workload);
  EXPECT_EQ(tracer.stop(), "exit 1");
  const Ran replay = run({proctree_path(), "replay", "--format", "jsonl", dir.file("spool")});
  ASSERT_EQ(replay.code(), 0) << replay.err;
  Problems problems;
  check_whole(read_stream(replay.out, problems), true, problems);
  EXPECT_TRUE(problems.none()) << problems.text();
}

void expect_refused(const Ran& ran, int code, const std::string& reason) {
  EXPECT_EQ(ran.code(), code) << status_text(ran.status) << ran.err;
  EXPECT_EQ(count_lines(ran.err), 1u) << ran.err;
  EXPECT_NE(ran.err.find(reason), std::string::npos) << ran.err;
  EXPECT_EQ(ran.out, "");
}

TEST(EndsTest, RefusalsSayWhyOnOneLine) {
  expect_refused(run({proctree_path(), "trace", "--output", "/nonexistent/file"}), 1, "/nonexistent/file");
  expect_refused(run({proctree_path(), "trace", "--output", "/proc"}), 1, "/proc");
  expect_refused(run({proctree_path(), "trace", "--under", "4294967294"}), 1, "4294967294");
}

// What is closed must not become a descriptor of ours that messages are written to.
TEST(EndsTest, ClosedStandardOutputIsAFailedWrite) {
  for (const std::string& command :
       {std::string("trace --duration 0.2 --format jsonl"), std::string("doctor"), std::string("tree"),
        std::string("chain 1"), std::string("find")}) {
    const Ran ran = run({"/bin/sh", "-c", "exec " + proctree_path() + " " + command + " <&- >&-"});
    EXPECT_EQ(ran.code(), 1) << command << ": " << status_text(ran.status) << ran.err;
    EXPECT_NE(ran.err.find("standard output: Bad file descriptor"), std::string::npos) << ran.err;
  }
  const TempDir dir;
  const Ran ran = run({"/bin/sh", "-c",
                       "exec " + proctree_path() + " trace --duration 0.2 --format jsonl --output " +
                           dir.file("out") + " <&- >&- 2>&-"});
  EXPECT_EQ(ran.code(), 0) << status_text(ran.status);
  Problems problems;
  check_whole(read_stream(read_file(dir.file("out")), problems), true, problems);
  EXPECT_TRUE(problems.none()) << problems.text();
}

TEST(EndsTest, WithoutPrivilegeItSaysSo) {
  const TempDir dir;  // the build's directory may not be for everyone
  const std::string copy = dir.file("proctree");
  std::filesystem::copy_file(proctree_path(), copy);
  ASSERT_EQ(chmod(copy.c_str(), 0755), 0);
  expect_refused(run({copy, "trace"}, 65534), 1, "root");
}

TEST(EndsTest, WrongUsage) {
  EXPECT_EQ(run({proctree_path(), "trace", "--format", "nonsense"}).code(), 2);
  EXPECT_EQ(run({proctree_path(), "trace", "--count", "x"}).code(), 2);
  EXPECT_EQ(run({proctree_path(), "trace", "--no-such-option"}).code(), 2);
  EXPECT_EQ(run({proctree_path(), "nonsense"}).code(), 2);
  EXPECT_EQ(run({proctree_path()}).code(), 2);
}

// A file grows; half a line that a crash left there is cut off first.
TEST(EndsTest, AppendsBehindATornLine) {
  const TempDir dir;
  std::ofstream(dir.file("out")) << "{\"v\":1}\n{\"v\":1,\"ty";
  Tracer tracer({.output = dir.file("out")});
  ASSERT_TRACING(tracer);
  ASSERT_STOPPED(tracer);
  const std::string output = tracer.output(), before = "{\"v\":1}\n";
  ASSERT_TRUE(output.starts_with(before)) << output.substr(0, 100);
  Problems problems;
  check_whole(read_stream(output.substr(before.size()), problems), true, problems);
  EXPECT_TRUE(problems.none()) << problems.text();
}

// logrotate's way: the file is moved away, SIGHUP opens a new one; not a line is lost between them.
TEST(EndsTest, HangupReopensTheOutput) {
  const TempDir dir;
  Tracer tracer({.output = dir.file("out")});
  ASSERT_TRACING(tracer);
  Workload workload;
  start_storm(workload, 1000);
  for (const char* rotated : {"out.1", "out.2", "out.3"}) {
    while (read_file(dir.file("out")).size() < 50'000 && workload.running() > 0) std::this_thread::yield();
    std::filesystem::rename(dir.file("out"), dir.file(rotated));
    ASSERT_EQ(kill(tracer.pid(), SIGHUP), 0);
    while (!std::filesystem::exists(dir.file("out")) && kill(tracer.pid(), 0) == 0) std::this_thread::yield();
  }
  ASSERT_FINISHED(workload);
  ASSERT_STOPPED(tracer);
  std::string whole;
  for (const char* part : {"out.1", "out.2", "out.3", "out"}) whole += read_file(dir.file(part));
  Problems problems;
  const Stream stream = read_stream(whole, problems);
  check_whole(stream, true, problems);
  EXPECT_TRUE(problems.none()) << problems.text();
  // Each file but the first says what the stream held before it.
  ASSERT_EQ(stream.segments.size(), 3U);
  for (const Record& segment : stream.segments) {
    const auto first = segment.json.number("first_seq").value_or(0);
    const auto reported = [&](std::string_view type) {
      return static_cast<std::uint64_t>(std::ranges::count_if(
          stream.records, [&](const Record& r) { return r.type == type && r.seq < first; }));
    };
    EXPECT_EQ(segment.json.number("totals.forks"), reported("fork"));
    EXPECT_EQ(segment.json.number("totals.execs"), reported("exec"));
    EXPECT_EQ(segment.json.number("totals.exits"), reported("exit"));
    EXPECT_EQ(segment.json.string("stream"), stream.records.front().json.string("stream"));
  }
  const Report report = compare(expect_truth(workload), stream);
  EXPECT_TRUE(report.problems.none()) << report.problems.text();
}

}  // namespace
}  // namespace proctree::live
