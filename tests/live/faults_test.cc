// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// Faults on the way out: killed at any time, a reader that takes nothing, a disk that fails, no
// descriptors or memory to be had. Lines stay whole, and what went wrong is said in one.
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <filesystem>
#include <functional>
#include <random>
#include <string_view>
#include <thread>
#include <unordered_set>

#include "live.hpp"

namespace proctree::live {
namespace {

// Waits until the file has that many bytes, or the limit is over.
bool wait_for_bytes(const std::string& file, std::uintmax_t bytes, const std::function<void()>& meanwhile) {
  const auto until = std::chrono::steady_clock::now() + patiently(std::chrono::seconds(30));
  std::error_code none;
  while (std::filesystem::file_size(file, none) < bytes || none) {
    if (std::chrono::steady_clock::now() > until) return false;
    meanwhile();
    std::this_thread::sleep_for(std::chrono::microseconds(200));
  }
  return true;
}

// One file, appended to by a hundred tracers, each killed in the midst of a storm. Every line is whole, or
// it is the last of one of them, ended when the next began; each tracer's own are numbered from 1 without
// a gap, and report nothing twice.
TEST(FaultsTest, KilledAHundredTimesInStorms) {
  constexpr int kKills = 100;
  const TempDir dir;
  const std::string out = dir.file("out");
  Workload workload;
  unsigned seed = 500;
  std::mt19937 random(1);  // NOLINT(cert-msc51-cpp, cert-msc32-c): the same moments each time are welcome
  const auto keep_storming = [&] {
    if (workload.running() == 0) workload.start("storm", {"root", std::to_string(++seed), "150"});
  };
  for (int i = 0; i < kKills; ++i) {
    keep_storming();
    Tracer tracer({.output = out});
    // Most when it has written so much, some while it starts.
    if (i % 8 != 0) {
      ASSERT_TRUE(tracer.wait_until_tracing()) << tracer.errors();
      const std::uintmax_t before = std::filesystem::file_size(out);
      ASSERT_TRUE(wait_for_bytes(out, before + random() % 600'000, keep_storming)) << tracer.errors();
    }
    std::this_thread::sleep_for(std::chrono::microseconds(random() % (i % 8 == 0 ? 300'000 : 20'000)));
    ASSERT_EQ(tracer.stop(SIGKILL), "signal 9");
  }
  Tracer last({.output = out});
  ASSERT_TRACING(last);
  ASSERT_FINISHED(workload);
  ASSERT_STOPPED(last);

  std::size_t starts = 0, torn = 0, events = 0;
  std::uint64_t seq = 0;
  bool was_torn = false;
  std::unordered_set<std::string> reported;
  for (const std::string& line : lines_of(read_file(out))) {
    std::string why;
    const auto json = parse_json(line, why);
    if (!json) {
      EXPECT_FALSE(was_torn) << line;
      was_torn = true;
      ++torn;
      continue;
    }
    const auto type = json->string("type").value_or("");
    if (type == "start") {
      ++starts;
      seq = 0;
      reported.clear();
    }
    EXPECT_TRUE(!was_torn || type == "start") << "a torn line in the midst, before: " << line.substr(0, 200);
    was_torn = false;
    EXPECT_EQ(json->number("seq"), ++seq);
    if (type != "fork" && type != "exec" && type != "exit") continue;
    ++events;
    const std::string event = std::string(type) + std::string(json->string("id").value_or("")) +
                              std::to_string(json->number("exec_seq").value_or(0));
    EXPECT_TRUE(reported.insert(event).second) << "twice: " << event;
  }
  EXPECT_FALSE(was_torn);
  EXPECT_GE(starts, 80u);
  EXPECT_GE(events, 10'000u);
  RecordProperty("torn", static_cast<int>(torn));
  RecordProperty("events", static_cast<int>(events));
}

// Reads nothing from the tracer's pipe until the storm is over, then everything.
class StalledReaderTest : public testing::Test {
 protected:
  // `until`: text that the stream holds before the tracer is stopped.
  std::string storm_unread(const std::vector<std::string>& args, std::string_view until = {}) {
    Pipe pipe = make_pipe();
    Tracer tracer({.args = args, .stdout_fd = pipe.write.get()});
    pipe.write.reset();
    EXPECT_TRUE(tracer.wait_until_tracing()) << tracer.errors();
    workload_.start("storm", {"root", "21", "2000"});
    EXPECT_TRUE(workload_.finish());
    std::string text;
    std::array<char, 65536> chunk;
    while (text.find(until) == std::string::npos) {
      const ssize_t n = read(pipe.read.get(), chunk.data(), chunk.size());
      if (n <= 0) break;
      text.append(chunk.data(), static_cast<std::size_t>(n));
    }
    std::thread reader([&] { text += read_to_end(pipe.read.get()); });
    EXPECT_EQ(tracer.stop(), "exit 0") << tracer.errors();
    reader.join();
    return text;
  }

  Workload workload_;
};

TEST_F(StalledReaderTest, LosesNothingWhereTheRingHoldsIt) {
  const std::string text = storm_unread({"--ring-size", "64"});
  Problems problems;
  const Stream stream = read_stream(text, problems);
  check_whole(stream, true, problems);
  const Report report = compare(expect_truth(workload_), stream);
  EXPECT_TRUE(problems.none()) << problems.text();
  EXPECT_TRUE(report.problems.none()) << report.problems.text();
}

TEST_F(StalledReaderTest, ReportsWhatASmallRingCouldNotHold) {
  const std::string text = storm_unread({"--ring-size", "0.25"}, R"("type":"resync")");
  Problems problems;
  const Stream stream = read_stream(text, problems);
  EXPECT_TRUE(problems.none()) << problems.text();
  ASSERT_FALSE(stream.records.empty());
  EXPECT_EQ(stream.records.back().type, "stop");
  EXPECT_GT(stream.records.back().json.number("lost"), 0u);
  EXPECT_GT(stream.count("lost"), 0u);
  EXPECT_GT(stream.count("resync"), 0u);
}

// A device's error, put in place of the file's third write and all after it.
TEST(FaultsTest, DeviceErrorEndsItWithWholeLines) {
  const TempDir dir;
  Tracer tracer({.output = dir.file("out"),
                 .under = {"/usr/bin/strace", "-f", "-qq", "-o", "/dev/null", "-P", dir.file("out"), "-e",
                           "inject=write:error=EIO:when=3+"}});
  ASSERT_TRACING(tracer);
  Workload workload;
  workload.start("storm", {"root", "31", "300"});
  ASSERT_FINISHED(workload);
  EXPECT_EQ(tracer.stop(0), "exit 1") << tracer.errors();
  EXPECT_NE(tracer.errors().find("out: Input/output error"), std::string::npos) << tracer.errors();
  Problems problems;
  const Stream stream = read_stream(tracer.output(), problems);
  EXPECT_TRUE(problems.none()) << problems.text();
  EXPECT_GT(stream.records.size(), 1u);
}

// Under a limit it works or says in one line what it lacked; it never crashes, and never writes half a line.
void expect_works_or_says(const std::vector<std::string>& limit, const std::string& lacked) {
  std::vector<std::string> argv = {"/usr/bin/prlimit"};
  argv.insert(argv.end(), limit.begin(), limit.end());
  argv.insert(argv.end(),
              {proctree_path(), "trace", "--format", "jsonl", "--duration", "0.05", "--ring-size", "1"});
  const Ran ran = run(argv);
  const std::string how = limit.front() + ": " + status_text(ran.status) + ": " + ran.err;
  // A dynamic one may not even be loaded.
  if (ran.code() == 127 && ran.err.find("shared libraries") != std::string::npos) return;
  ASSERT_TRUE(ran.code() == 0 || ran.code() == 1) << how;
  Problems problems;
  const Stream stream = read_stream(ran.out, problems);
  EXPECT_TRUE(problems.none()) << how << problems.text();
  if (ran.code() == 0) {
    EXPECT_EQ(stream.records.back().type, "stop") << how;
    return;
  }
  EXPECT_NE(ran.err.find(lacked), std::string::npos) << how;
  EXPECT_EQ(ran.err.find("proctree: "), 0u) << how;
}

TEST(FaultsTest, FewDescriptors) {
  // Fewer are not enough for the dynamic loader, ahead of us.
  for (int most = 8; most <= 40; most += 2)
    expect_works_or_says({"--nofile=" + std::to_string(most)}, "ulimit -n");
}

TEST(FaultsTest, LittleMemory) {
  for (int mib = 10; mib <= 44; mib += 2) {
    expect_works_or_says({"--as=" + std::to_string(mib << 20)}, "memory");
  }
}

}  // namespace
}  // namespace proctree::live
