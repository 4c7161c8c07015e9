// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// Environment variables by an allow-list, and that no other is anywhere.
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "live.hpp"

namespace proctree::live {
namespace {

// The memory that a process may write, as far as it can be read.
class WritableMemory {
 public:
  explicit WritableMemory(pid_t pid)
      : directory_("/proc/" + std::to_string(pid)), memory_(open_file(directory_ + "/mem", O_RDONLY)) {}

  [[nodiscard]] bool holds(const std::string& text) const {
    std::istringstream maps(read_file(directory_ + "/maps"));
    std::string line;
    std::size_t bytes = 0;
    bool found = false;
    while (std::getline(maps, line)) {
      unsigned long begin = 0, end = 0;
      char writable = 0;
      if (std::sscanf(line.c_str(), "%lx-%lx r%c", &begin, &end, &writable) != 3 || writable != 'w') continue;
      std::string held(end - begin, '\0');
      const ssize_t got = pread(memory_.get(), held.data(), held.size(), static_cast<off_t>(begin));
      if (got <= 0) continue;
      held.resize(static_cast<std::size_t>(got));
      bytes += held.size();
      found |= held.find(text) != std::string::npos;
    }
    EXPECT_GT(bytes, 100'000U) << "its memory was not read";
    return found;
  }

 private:
  std::string directory_;
  Fd memory_;
};

// A value that no file and no other process holds.
std::string value(const char* name) {
  return name + std::to_string(getpid()) + "-" + std::to_string(boot_now_ns());
}

class EnvTest : public testing::TestWithParam<const char*> {};

TEST_P(EnvTest, WhatIsListedIsReportedAndNothingElseIsAnywhere) {
  const std::string shown = value("shown"), secret = value("secret");
  Tracer tracer({.args = {"--ring", GetParam(), "--env", "PROCTREE_SHOWN,LC_*"}});
  ASSERT_TRACING(tracer);
  Launch how;
  how.argv = {"/bin/true", "of env_test"};
  how.env = {"PATH=/usr/bin", "SSH_CONNECTION=" + secret, "PROCTREE_SHOWN=" + shown, "TOKEN=" + secret,
             "LC_TIME=\xff" + shown};
  Launch other = how;
  other.env = {"PATH=/usr/bin", "PROCTREE_SHOWN_NOT=" + secret};
  for (int i = 0; i < 200; ++i) EXPECT_EQ(status_text(wait_for(launch(other))), "exit 0");
  EXPECT_EQ(status_text(wait_for(launch(how))), "exit 0");
  EXPECT_TRUE(tracer.wait_for_output(shown));

  const WritableMemory memory(tracer.pid());
  EXPECT_TRUE(memory.holds(shown)) << "what is searched does not show what the tracer holds";
  EXPECT_FALSE(memory.holds(secret));
  EXPECT_EQ(tracer.stop(), "exit 0") << tracer.errors();
  const std::string output = tracer.output();
  EXPECT_EQ(output.find(secret), std::string::npos);
  EXPECT_EQ(tracer.errors().find(secret), std::string::npos);

  const Stream stream = expect_stream(tracer);
  int with = 0, without = 0;
  for (const Record& record : stream.records) {
    if (record.type != "exec" ||
        record.json.joined_args().value_or("") != std::string("/bin/true\0of env_test", 21))
      continue;
    if (!record.json.string("env.PROCTREE_SHOWN")) {
      ++without;
      continue;
    }
    ++with;
    EXPECT_EQ(record.json.string("env.PROCTREE_SHOWN"), shown);
    EXPECT_EQ(record.json.string("env.LC_TIME"), "\xef\xbf\xbd" + shown);
    EXPECT_TRUE(record.json.string("env_raw.LC_TIME"));
    EXPECT_FALSE(record.json.string("env.PATH"));
  }
  EXPECT_EQ(with, 1);
  EXPECT_EQ(without, 200);
}

INSTANTIATE_TEST_SUITE_P(Rings, EnvTest, testing::Values("kernel", "percpu"),
                         [](const auto& of) { return std::string(of.param); });

TEST(EnvTest, IsFoundBehindArgumentsThatAreCutAndMarkedWhereItIs) {
  const std::vector<std::string> program = {"/usr/bin/env", "-i",        "A=" + std::string(3000, 'a'),
                                            "B=b",          "/bin/true", std::string(9000, 'x')};
  const auto exec_of_true = [&](std::vector<std::string> options) {
    std::vector<std::string> argv = {proctree_path(), "run", "--quiet", "--format", "jsonl", "--output", "-"};
    argv.insert(argv.end(), options.begin(), options.end());
    argv.emplace_back("--");
    argv.insert(argv.end(), program.begin(), program.end());
    const Ran ran = run(argv);
    EXPECT_EQ(ran.code(), 0) << ran.err;
    Problems problems;
    const Stream stream = read_stream(ran.out, problems);
    EXPECT_TRUE(problems.none()) << problems.text();
    for (const Record& record : stream.records) {
      if (record.type == "exec" && record.json.string("comm") == "true") return record.json;
    }
    return Json{};
  };
  const Json whole = exec_of_true({"--env", "B"});
  EXPECT_EQ(whole.string("env.B"), "b");
  EXPECT_EQ(whole.at("env_truncated"), nullptr);
  EXPECT_EQ(exec_of_true({"--env", "B", "--args-max", "100"}).string("env.B"), "b");
  const Json cut = exec_of_true({"--env", "A,B", "--env-max", "100"});
  EXPECT_EQ(cut.at("env"), nullptr);
  EXPECT_TRUE(cut.is_true("env_truncated"));
}

TEST(EnvTest, AnotherSourceAndABareStarAreRefused) {
  const Ran netlink = run({proctree_path(), "trace", "--source", "netlink", "--env", "A", "--duration", "1"});
  EXPECT_EQ(netlink.code(), 2);
  EXPECT_NE(netlink.err.find("--env"), std::string::npos) << netlink.err;
  EXPECT_EQ(run({proctree_path(), "trace", "--env", "A,*", "--duration", "1"}).code(), 2);
}

}  // namespace
}  // namespace proctree::live
