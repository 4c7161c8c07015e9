// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// Who a process is where the kernel shows it otherwise: without its first thread, in a time namespace.
#include <sys/utsname.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <string>
#include <vector>

#include "live.hpp"

namespace proctree::live {
namespace {

// A process whose first thread has ended, held until it goes out of scope.
class Headless {
 public:
  Headless() {
    Pipe in = make_pipe();
    Pipe out = make_pipe();
    Launch how;
    how.argv = {program(), "some", "arguments"};
    how.cwd = "/usr";
    how.fds = {{in.read.get(), 0}, {out.write.get(), 1}};
    pid_ = launch(how);
    out.write.reset();
    feed_ = std::move(in.write);
    char line[6];
    EXPECT_EQ(read(out.read.get(), line, sizeof line), 6) << "it is not ready";
  }
  ~Headless() { end(); }
  static std::string program() { return prog("headless"); }
  [[nodiscard]] pid_t pid() const { return pid_; }
  void fork_once() const { EXPECT_EQ(write(feed_.get(), "\n", 1), 1); }
  void end() {
    feed_.reset();
    if (pid_ <= 0) return;
    EXPECT_TRUE(wait_for(pid_));
    pid_ = -1;
  }

 private:
  pid_t pid_ = -1;
  Fd feed_;
};

void expect_whole(const Json& of, const std::string& what) {
  EXPECT_EQ(of.string("comm"), "headless") << what;
  EXPECT_EQ(of.string("exe"), Headless::program()) << what;
}

TEST(HeadlessTest, ItsThreadsReportWhatItIs) {
  Headless process;
  Tracer tracer({.args = {"--snapshot"}});
  ASSERT_TRACING(tracer);
  const pid_t pid = process.pid();
  // Its arguments are read when its line is written.
  const std::string pid_field = "\"pid\":" + std::to_string(pid) + ",";
  EXPECT_TRUE(tracer.wait_for_output(pid_field));
  process.fork_once();
  process.end();
  ASSERT_STOPPED(tracer);
  const Stream stream = expect_stream(tracer);
  int count = 0;
  for (const Record& record : stream.records) {
    const Json& json = record.json;
    if (json.number("pid") == static_cast<std::uint64_t>(pid) &&
        (record.type == "process" || record.type == "exit")) {
      ++count;
      expect_whole(json, record.type);
      if (record.type == "exit") continue;
      EXPECT_EQ(json.string("cwd"), "/usr");
      EXPECT_EQ(json.joined_args(), Headless::program() + std::string("\0some\0arguments", 15));
    } else if (json.number("creator_pid") == static_cast<std::uint64_t>(pid)) {
      ++count;
      expect_whole(json, record.type + " of its child");
    }
  }
  EXPECT_EQ(count, 4) << "process and exit; fork and exit of its child";
}

TEST(HeadlessTest, CommandsWithoutATraceToo) {
  const Headless process;
  const Ran chain = run({proctree_path(), "chain", std::to_string(process.pid()), "--format", "json"});
  EXPECT_NE(chain.out.find("\"exe\":\"" + Headless::program()), std::string::npos) << chain.out << chain.err;
  const Ran tree = run({proctree_path(), "tree", std::to_string(process.pid()), "--args"});
  EXPECT_NE(tree.out.find("some arguments"), std::string::npos) << tree.out << tree.err;
}

// `previous.comm` of what the program executes under `run`.
std::string name_before_exec(const std::string& ring, const std::string& who, const std::string& name) {
  const Ran ran = run({proctree_path(), "run", "--quiet", "--ring", ring, "--format", "jsonl", "--output",
                       "-", "--", prog("rename_exec"), who, name, "/bin/true"});
  EXPECT_EQ(ran.code(), 0) << ran.err;
  Problems problems;
  const Stream stream = read_stream(ran.out, problems);
  EXPECT_TRUE(problems.none()) << problems.text();
  for (const Record& record : stream.records) {
    if (record.type == "exec" && record.json.string("comm") == "true")
      return record.json.bytes("previous.comm").value_or("(absent)");
  }
  return "(no exec)";
}

class NameBeforeExecTest : public testing::TestWithParam<const char*> {
 protected:
  void SetUp() override {
    if (std::string_view(GetParam()) == "percpu" && !has_percpu_rings())
      GTEST_SKIP() << "this kernel has no such ring";
  }
};

TEST_P(NameBeforeExecTest, IsTheOneThatTheProcessGaveItselfLast) {
  EXPECT_EQ(name_before_exec(GetParam(), "alone", "(service)"), "(service)");
  EXPECT_EQ(name_before_exec(GetParam(), "alone", ""), "");
  EXPECT_EQ(name_before_exec(GetParam(), "alone", "true"), "true") << "as the next program is called";
  EXPECT_EQ(name_before_exec(GetParam(), "alone", "longer than fifteen"), "longer than fif");
}

TEST_P(NameBeforeExecTest, OfAnExecByAThreadIsTheLeaders) {
  EXPECT_EQ(name_before_exec(GetParam(), "thread", "the leader"), "the leader");
}

INSTANTIATE_TEST_SUITE_P(Rings, NameBeforeExecTest, testing::Values("kernel", "percpu"),
                         [](const auto& of) { return std::string(of.param); });

std::string now_as_text() {
  timespec now{};
  clock_gettime(CLOCK_REALTIME, &now);
  char text[64];
  tm date{};
  strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", gmtime_r(&now.tv_sec, &date));
  return text;
}

// Offsets of boot time, in seconds: events have the host's time all the same, and ids are the host's.
class TimeNamespaceTest : public testing::TestWithParam<int> {};

TEST_P(TimeNamespaceTest, EventsHaveTheHostsTime) {
  if (access("/proc/self/ns/time", F_OK) != 0) GTEST_SKIP() << "this kernel has no time namespaces";
  const TempDir dir;
  const auto up = static_cast<int>(boot_now_ns() / 1'000'000'000);
  const int offset = std::max(GetParam(), 5 - up);  // no clock may show less than 0
  const std::string before = now_as_text();
  const std::uint64_t before_ns = boot_now_ns();
  const Ran ran = run({"/usr/bin/unshare", "--time", "--boottime", std::to_string(offset), "--monotonic", "0",
                       "--fork", proctree_path(), "run", "--quiet", "--format", "jsonl", "--output",
                       dir.file("out"), "--", "/bin/true"});
  const std::uint64_t after_ns = boot_now_ns();
  const std::string after = now_as_text();
  ASSERT_EQ(ran.code(), 0) << ran.err;
  Problems problems;
  const Stream stream = read_stream(read_file(dir.file("out")), problems, true);
  EXPECT_TRUE(problems.none()) << problems.text();
  ASSERT_GE(stream.records.size(), 3U);
  for (const Record& record : stream.records) {
    const std::string time(record.json.string("time").value_or(""));
    EXPECT_GE(time.substr(0, 19), before) << record.seq;
    EXPECT_LE(time.substr(0, 19), after) << record.seq;
    const std::uint64_t ktime = record.json.number("ktime_ns").value_or(0);
    EXPECT_TRUE(ktime >= before_ns && ktime <= after_ns) << record.seq;
  }
}

INSTANTIATE_TEST_SUITE_P(Live, TimeNamespaceTest, testing::Values(100'000, -100'000));

TEST(HostNameTest, IsTheInitialNamespaces) {
  utsname names{};
  ASSERT_EQ(uname(&names), 0);
  const TempDir dir;
  const Ran ran =
      run({"/usr/bin/unshare", "--uts", "/bin/sh", "-c",
           "hostname another && exec \"$0\" run --quiet --format jsonl --output \"$1\" -- /bin/true",
           proctree_path(), dir.file("out")});
  ASSERT_EQ(ran.code(), 0) << ran.err;
  const std::string out = read_file(dir.file("out"));
  EXPECT_NE(out.find(std::string("\"host\":{\"name\":\"") + static_cast<const char*>(names.nodename) + "\""),
            std::string::npos)
      << out.substr(0, 300);
}

}  // namespace
}  // namespace proctree::live
