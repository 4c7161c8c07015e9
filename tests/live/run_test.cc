// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// proctree run: all that descends from its command, whatever that does, and nothing of anybody else; and for
// the command it is as if proctree weren't there.
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include "live.hpp"
#include "progs/truth.h"

namespace proctree::live {
namespace {

// A storm of exactly that many processes as the command of run: double forks, sessions, daemons,
// CLONE_PARENT.
class RunTest : public testing::Test {
 protected:
  static constexpr unsigned kSize = 1500;

  pid_t start(const std::vector<std::string>& options) {
    char stamp[TRUTH_STAMP_MAX];
    Launch how;
    how.argv = {proctree_path(), "run", "--format", "jsonl", "--output", dir_.file("out"), "--quiet"};
    how.argv.insert(how.argv.end(), options.begin(), options.end());
    how.argv.insert(how.argv.end(), {"--", prog("storm"), truth_stamp(stamp, truth_new_token(), 1), "root",
                                     "41", std::to_string(kSize)});
    how.cwd = dir_.path();
    truth_ = open_file(dir_.file("truth"), O_RDWR | O_CREAT | O_APPEND);
    how.fds = {{truth_.get(), TRUTH_FD}, {alive_.write.get(), TRUTH_ALIVE_FD}};
    const pid_t pid = launch(how);
    alive_.write.reset();
    return pid;
  }

  TempDir dir_;
  Fd truth_;
  Pipe alive_ = make_pipe();
};

TEST_F(RunTest, FollowsAllThatDescendsFromItAndNothingElse) {
  Workload other;
  other.start("storm", {"root", "42", "800"});
  const pid_t pid = start({"--wait-all"});
  other.start("storm", {"root", "43", "800"});
  ASSERT_EQ(status_text(wait_for(pid, std::chrono::seconds(120))), "exit 0");
  ASSERT_FINISHED(other);

  Problems problems;
  const Stream stream = read_stream(read_file(dir_.file("out")), problems);
  check_whole(stream, true, problems);
  EXPECT_TRUE(problems.none()) << problems.text();
  // The command itself was forked before.
  EXPECT_EQ(stream.count("fork"), kSize - 1);
  EXPECT_EQ(stream.count("exit"), kSize);

  // The truth of it, but for its root, whose birth nobody wrote down.
  Problems rootless;
  const Truth truth = read_truth(read_file(dir_.file("truth")), rootless);
  std::set<std::string> seen;
  std::uint32_t root = 0;
  for (const Record& record : stream.records) {
    if (record.id.empty()) continue;
    if (root == 0) root = record.pid;
    EXPECT_TRUE(record.pid == root || truth.find_id(record.id) != nullptr)
        << record.type << " of a stranger: " << record.id;
    seen.insert(record.id);
    if (record.type != "exec") continue;
    EXPECT_TRUE(record.json.is_true("lineage_complete"));
    const std::string chain(record.json.string("chain").value_or(""));
    EXPECT_NE((';' + chain).find(';' + std::to_string(root) + '|'), std::string::npos) << chain;
  }
  std::size_t execs = 0;
  for (const auto& [id, token] : truth.by_id) {
    EXPECT_TRUE(seen.contains(id)) << id << " was not followed";
    for (const auto& [ordinal, exec] : truth.find(token)->execs) execs += !exec.failed;
  }
  EXPECT_GE(stream.count("exec"), execs);
}

// A ring of one page and a stopped tracer: it resynchronises what it lost, and its own processes alone.
TEST_F(RunTest, ResyncsItsOwnTreeAlone) {
  Workload other;
  const pid_t pid = start({"--wait-all", "--ring-size", "0.001"});
  other.start("storm", {"root", "44", "800"});
  ASSERT_EQ(status_text(wait_for(pid, std::chrono::seconds(120))), "exit 0");
  ASSERT_FINISHED(other);
  Problems problems;
  const Stream stream = read_stream(read_file(dir_.file("out")), problems);
  EXPECT_TRUE(problems.none()) << problems.text();
  Problems rootless;
  const Truth truth = read_truth(read_file(dir_.file("truth")), rootless);
  std::uint64_t lost = 0, added = 0;
  for (const Record& record : stream.records) {
    lost += record.type == "lost" ? record.json.number("count").value_or(0) : 0;
    added += record.type == "resync" ? record.json.number("added").value_or(0) : 0;
  }
  EXPECT_GT(lost, 0u) << "nothing was lost in so small a ring";
  EXPECT_LE(added, kSize) << "it took up processes that are none of its";
}

Ran run_command(std::vector<std::string> words, std::vector<std::string> env = {}) {
  words.insert(words.begin(), {proctree_path(), "run", "--format", "chain"});
  return run(std::move(words), {}, std::move(env));
}

TEST(RunCommandTest, EndsAsItsCommandEnds) {
  EXPECT_EQ(run_command({"--", "true"}).code(), 0);
  EXPECT_EQ(run_command({"--", "sh", "-c", "exit 41"}).code(), 41);
  EXPECT_EQ(status_text(run_command({"--", "sh", "-c", "kill -9 $$"}).status), "signal 9");
  EXPECT_EQ(status_text(run_command({"--", "sh", "-c", "kill -TERM $$"}).status), "signal 15");
  const Ran missing = run_command({"--", "/nonexistent/program"});
  EXPECT_EQ(missing.code(), 127);
  EXPECT_NE(missing.err.find("/nonexistent/program"), std::string::npos) << missing.err;
  const Ran nameless = run_command({"--", ""});
  EXPECT_EQ(nameless.code(), 127);
  EXPECT_NE(nameless.err.find("can't run '': "), std::string::npos) << nameless.err;
  EXPECT_EQ(run_command({"--", "/etc/passwd"}).code(), 126);
  EXPECT_EQ(run_command({}).code(), 2);
  EXPECT_EQ(run_command({"sh", "-c", "exit 7"}).code(), 7) << "its options are its own without a --, too";
  EXPECT_EQ(run_command({"--events", "exec", "--", "sh", "-c", "exit 8"}).code(), 8);
}

TEST(RunCommandTest, ReportsTheResult) {
  const Ran ran = run_command({"--", "sh", "-c", "/bin/true; /bin/true; /bin/false; /bin/echo said"});
  EXPECT_EQ(ran.code(), 0);
  EXPECT_EQ(ran.out, "said\n") << "the command's own output, and nothing else";
  EXPECT_NE(ran.err.find("proctree: 5 processes, 5 execs, 1 failure, 0 lost\n"), std::string::npos)
      << ran.err;
  EXPECT_NE(ran.err.find("most frequent: true ×2, "), std::string::npos) << ran.err;
  EXPECT_NE(ran.err.find("slowest: sh("), std::string::npos) << ran.err;
  EXPECT_NE(ran.err.find("proctree: failed: /bin/false ("), std::string::npos) << ran.err;
  EXPECT_NE(ran.err.find(") exited 1, created by sh("), std::string::npos) << ran.err;
  EXPECT_EQ(count_lines(ran.err), 10u) << ran.err;  // five chains, five lines of the summary
  EXPECT_EQ(run_command({"--quiet", "--output", "/dev/null", "--", "true"}).err, "");
}

TEST(RunCommandTest, ADashIsStandardOutput) {
  const Ran ran = run_command({"--quiet", "--output", "-", "--", "sh", "-c", "/bin/true; /bin/echo said"});
  EXPECT_EQ(count_lines(ran.out), 4u) << ran.out;
  EXPECT_NE(ran.out.find("said\n"), std::string::npos) << ran.out;
  EXPECT_EQ(ran.err, "");
}

TEST(RunCommandTest, ReportsWhatTheFiltersLetThrough) {
  const std::vector<std::string> command = {"--", "sh", "-c", "/bin/true; /bin/false; exit 3"};
  const auto first_line = [&](std::vector<std::string> filter) {
    filter.insert(filter.begin(), {"--output", "/dev/null"});
    filter.insert(filter.end(), command.begin(), command.end());
    return lines_of(run_command(filter).err).front();
  };
  EXPECT_EQ(first_line({"--comm", "nosuch"}), "proctree: 0 processes, 0 execs, 0 failures, 0 lost");
  EXPECT_EQ(first_line({"--comm", "false"}), "proctree: 1 process, 1 exec, 1 failure, 0 lost");
  // As it is forked a child is called sh too.
  EXPECT_EQ(first_line({"--comm", "sh"}), "proctree: 3 processes, 1 exec, 1 failure, 0 lost");
}

TEST(RunCommandTest, NamesClientsOfServersAndFailuresThatNothingExecuted) {
  TempDir dir;
  {
    const Fd script = open_file(dir.file("tmux"), O_WRONLY | O_CREAT);
    const std::string text = "#!/bin/sh\n(exit 3)\n:\n";
    ASSERT_EQ(write(script.get(), text.data(), text.size()), static_cast<ssize_t>(text.size()));
    ASSERT_EQ(fchmod(script.get(), 0755), 0);
  }
  const std::string err = run_command({"--output", "/dev/null", "--", dir.file("tmux")}).err;
  EXPECT_NE(err.find("proctree: not followed: what tmux asked a server to start"), std::string::npos) << err;
  EXPECT_NE(err.find("proctree: failed: tmux ("), std::string::npos) << err;
}

TEST(RunCommandTest, DrawsTheFinishedTree) {
  const Ran ran = run({proctree_path(), "run", "--tree", "--quiet", "--", "sh", "-c", "/bin/false; exit 3"});
  EXPECT_EQ(ran.code(), 3);
  const auto lines = lines_of(ran.err);
  ASSERT_EQ(lines.size(), 2U) << ran.err;
  EXPECT_TRUE(lines[0].starts_with("sh(")) << ran.err;
  EXPECT_NE(lines[0].find(") exited 3 after "), std::string::npos) << ran.err;
  EXPECT_TRUE(lines[1].starts_with("└─false(")) << ran.err;
  EXPECT_NE(lines[1].find(") exited 1 after "), std::string::npos) << ran.err;
}

TEST(RunCommandTest, FiltersByFailureArgumentAndEarlierName) {
  const std::vector<std::string> command = {"--", "sh", "-c",
                                            "/bin/false marker; exec env -u x sh -c /bin/true"};
  const auto lines = [&](std::vector<std::string> options) {
    options.insert(options.begin(), {proctree_path(), "run", "--quiet"});
    options.insert(options.end(), command.begin(), command.end());
    return run(std::move(options)).err;
  };
  const std::string failed = lines({"--failed"});
  EXPECT_NE(failed.find("false exited 1"), std::string::npos) << failed;
  EXPECT_EQ(count_lines(failed), 1u) << failed;
  const std::string marked = lines({"--arg", "mark", "--not-comm", "sh"});
  EXPECT_NE(marked.find("false marker"), std::string::npos) << marked;
  EXPECT_EQ(count_lines(marked), 1u) << marked;
}

TEST(RunCommandTest, FiltersByExecutableAndByWhatAProcessIsNotUnder) {
  const auto lines = [](std::vector<std::string> options) {
    options.insert(options.begin(), {proctree_path(), "run", "--quiet"});
    options.insert(options.end(),
                   {"--", "sh", "-c", "/bin/true a; env /bin/echo b; env sh -c 'env true c; :'"});
    return run(std::move(options)).err;
  };
  const std::string others = lines({"--not-exe", "true", "--not-exe", "*/env"});
  EXPECT_EQ(count_lines(others), 3u) << "two times sh, and echo: " << others;
  EXPECT_NE(others.find("echo b"), std::string::npos) << others;
  const std::string outside = lines({"--not-under", "env"});
  EXPECT_NE(outside.find("/bin/true a"), std::string::npos) << outside;
  EXPECT_NE(outside.find("echo b"), std::string::npos) << "env became it, and is not above it: " << outside;
  EXPECT_EQ(count_lines(outside), 6u) << "what sh started was below env, which it was before: " << outside;
  const std::string echo = lines({"--exe", "*/ec[h]o"});
  EXPECT_NE(echo.find("echo b"), std::string::npos) << echo;
  EXPECT_EQ(count_lines(echo), 1u) << echo;
}

TEST(RunCommandTest, CountsWhatItFollowed) {
  const Ran ran = run({proctree_path(), "run", "--quiet", "--stats", "--output", "/dev/null", "--", "sh",
                       "-c", "/bin/true; /bin/true; /bin/true; /bin/false; exit 3"});
  EXPECT_EQ(ran.code(), 3);
  const std::string& table = ran.err;
  EXPECT_NE(table.find("proctree: stats: 4 forks, 5 execs, 5 exits, 2 failures, 0 lost\n"), std::string::npos)
      << table;
  EXPECT_NE(table.find("\ntop commands, by execs:\n         3  true\n"), std::string::npos) << table;
  EXPECT_NE(table.find("\ntop spawners, by forks:\n         4  sh\n"), std::string::npos) << table;
  EXPECT_NE(table.find("\nfailing:\n"), std::string::npos) << table;
  EXPECT_NE(table.find(" 1  false exited 1\n"), std::string::npos) << table;
  EXPECT_NE(table.find(" 1  sh exited 3\n"), std::string::npos) << table;
}

TEST(RunCommandTest, ColoursLinesWhereAsked) {
  const auto lines = [](const std::string& when) {
    return run({proctree_path(), "run", "--quiet", "--color=" + when, "--", "sh", "-c", ":; /bin/true x"})
        .err;
  };
  const std::string always = lines("always");
  EXPECT_NE(always.find("\x1b[1m/bin/true\x1b[0m x"), std::string::npos) << always;
  for (const char* when : {"never", "auto"}) EXPECT_EQ(lines(when).find('\x1b'), std::string::npos) << when;
}

// Of a recording too, what has ended is drawn with how it ended.
TEST(RunCommandTest, ItsRecordingDrawsTheFinishedTree) {
  TempDir dir;
  const Ran ran = run({proctree_path(), "run", "--quiet", "--format", "jsonl", "--output", dir.file("out"),
                       "--", "sh", "-c", "/bin/false; sh -c '/bin/true; exit 4'; :"});
  ASSERT_EQ(ran.code(), 0) << ran.err;
  const Ran tree = run({proctree_path(), "replay", "--tree", "--all", dir.file("out")});
  EXPECT_EQ(tree.code(), 0) << tree.err;
  const auto lines = lines_of(tree.out);
  const auto has = [&](std::string_view name, std::string_view end) {
    return std::ranges::any_of(lines, [&](const std::string& line) {
      return line.find(name) != std::string::npos && line.find(end) != std::string::npos;
    });
  };
  EXPECT_TRUE(has("false(", ") exited 1 after ")) << tree.out;
  EXPECT_TRUE(has("true(", ") exited 0 after ")) << tree.out;
  EXPECT_TRUE(has("sh(", ") exited 4 after ")) << tree.out;
  EXPECT_TRUE(has("sh(", ") exited 0 after ")) << tree.out;
}

// What the parent of proctree does with SIGCHLD is not the command's end.
TEST(RunCommandTest, EndsAsItsCommandWhereSigchldIsIgnored) {
  const Ran ran = run({"/bin/bash", "-c", "trap '' CHLD; exec \"$@\"", "bash", proctree_path(), "run",
                       "--quiet", "--output", "/dev/null", "--", "sh", "-c", "exit 3"});
  EXPECT_EQ(ran.code(), 3) << ran.err;
}

class RunPipeTest : public testing::Test {
 protected:
  RunPipeTest() { EXPECT_EQ(mkfifo(fifo_.c_str(), 0600), 0); }
  [[nodiscard]] pid_t start(const std::string& script) const {
    Launch how;
    how.argv = {proctree_path(), "run", "--quiet", "--format", "jsonl", "--output",
                fifo_,           "--",  "sh",      "-c",       script};
    return launch(how);
  }
  void wait_for_mark() const {
    const auto until = std::chrono::steady_clock::now() + patiently(std::chrono::seconds(30));
    while (access(mark_.c_str(), F_OK) != 0 && std::chrono::steady_clock::now() < until) usleep(10'000);
  }

  TempDir dir_;
  std::string fifo_ = dir_.file("fifo");
  std::string mark_ = dir_.file("said");
};

TEST_F(RunPipeTest, WithoutAReaderASignalEndsIt) {
  const pid_t pid = start("echo >" + mark_);
  usleep(300'000);  // either way it is to end so
  ASSERT_EQ(kill(pid, SIGTERM), 0);
  EXPECT_EQ(status_text(wait_for(pid)), "signal 15");
  EXPECT_NE(access(mark_.c_str(), F_OK), 0) << "the command was run all the same";
}

TEST_F(RunPipeTest, SignalsReachTheCommandAfterTheReaderIsGone) {
  Fd reader = open_file(fifo_, O_RDONLY | O_NONBLOCK);
  const pid_t pid = start("trap 'exit 9' TERM; echo >" + dir_.file("ready") + "; until [ -e " +
                          dir_.file("gone") + " ]; do /bin/true; done; /bin/true; /bin/true; echo >" + mark_ +
                          "; while :; do sleep 0.05; done");
  const auto until = std::chrono::steady_clock::now() + patiently(std::chrono::seconds(30));
  while (access(dir_.file("ready").c_str(), F_OK) != 0 && std::chrono::steady_clock::now() < until)
    usleep(10'000);
  reader.reset();
  const Fd gone = open_file(dir_.file("gone"), O_WRONLY | O_CREAT);
  wait_for_mark();
  ASSERT_EQ(kill(pid, SIGTERM), 0);
  EXPECT_EQ(status_text(wait_for(pid)), "exit 9");
}

TEST(RunCommandTest, WhatOutlivesItIsListedOrWaitedFor) {
  const std::vector<std::string> leaves = {"--", "sh", "-c", "setsid sleep 3 >/dev/null 2>&1 & exit 3"};
  const Ran ran = run_command(leaves);
  EXPECT_EQ(ran.code(), 3);
  EXPECT_NE(ran.err.find("proctree: still running: "), std::string::npos) << ran.err;
  std::vector<std::string> waiting = leaves;
  waiting.insert(waiting.begin(), "--wait-all");
  const Ran waited = run_command(waiting);
  EXPECT_EQ(waited.code(), 3);
  EXPECT_EQ(waited.err.find("still running"), std::string::npos) << waited.err;
  EXPECT_NE(waited.err.find("|sleep|"), std::string::npos) << waited.err;
}

TEST(RunCommandTest, RunsAsWhoCalledSudo) {
  const std::vector<std::string> who = {"--output", "/dev/null", "--",
                                        "sh",       "-c",        "id -u; id -g; echo $HOME"};
  EXPECT_EQ(run_command(who, {"PATH=/usr/bin:/bin", "SUDO_USER=nobody"}).out, "65534\n65534\n/nonexistent\n");
  std::vector<std::string> as_root = who;
  as_root.insert(as_root.begin(), "--as-root");
  EXPECT_TRUE(run_command(as_root, {"PATH=/usr/bin:/bin", "SUDO_USER=nobody"}).out.starts_with("0\n0\n"));
  const Ran nobody = run_command(who, {"PATH=/usr/bin:/bin", "SUDO_USER=no-such-user"});
  EXPECT_EQ(nobody.code(), 2);
  EXPECT_NE(nobody.err.find("--as-root"), std::string::npos) << nobody.err;
}

// Ignored signals are inherited, as by a service's command; with and without `run` the same.
TEST(RunCommandTest, TheCommandHasItsCallersSignals) {
  for (const std::string& ignored :
       {std::string(""), std::string("PIPE"), std::string("XFSZ"), std::string("PIPE XFSZ HUP")}) {
    const std::string trap = ignored.empty() ? "" : "trap '' " + ignored + "; ";
    const Ran alone = run({"/bin/sh", "-c", trap + "grep SigIgn /proc/self/status"});
    const Ran under =
        run({"/bin/sh", "-c",
             trap + proctree_path() + " run --quiet --output /dev/null -- grep SigIgn /proc/self/status"});
    EXPECT_EQ(under.out, alone.out) << ignored << under.err;
    EXPECT_NE(alone.out, "");
  }
}

TEST(RunCommandTest, SignalsReachTheCommand) {
  TempDir dir;
  Launch how;
  how.argv = {proctree_path(),
              "run",
              "--quiet",
              "--output",
              "/dev/null",
              "--",
              "sh",
              "-c",
              "trap 'echo caught >" + dir.file("said") + "; exit 9' TERM; echo >" + dir.file("ready") +
                  "; while :; do sleep 0.05; done"};
  const pid_t pid = launch(how);
  const auto until = std::chrono::steady_clock::now() + patiently(std::chrono::seconds(30));
  while (access(dir.file("ready").c_str(), F_OK) != 0 && std::chrono::steady_clock::now() < until)
    usleep(10'000);
  ASSERT_EQ(kill(pid, SIGTERM), 0);
  EXPECT_EQ(status_text(wait_for(pid)), "exit 9");
  EXPECT_EQ(read_file(dir.file("said")), "caught\n");
}

}  // namespace
}  // namespace proctree::live
