// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// The other formats beside jsonl on the same events, and the options that choose what is written.
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <functional>
#include <sstream>
#include <thread>

#include "live.hpp"

namespace proctree::live {
namespace {

// Which script an interpreter runs is known of those that ran before, also where no arguments are retained.
TEST(FormatsTest, TextNamesTheScriptsThatRanBefore) {
  const TempDir dir;
  {
    const Fd script = open_file(dir.file("nightly-backup"), O_WRONLY | O_CREAT);
    const std::string text = "read go; /bin/true said-by-a-script; :\n";
    ASSERT_EQ(write(script.get(), text.data(), text.size()), static_cast<ssize_t>(text.size()));
  }
  Pipe go = make_pipe();
  Launch how;
  how.argv = {"/bin/bash", dir.file("nightly-backup")};
  how.fds = {{go.read.get(), STDIN_FILENO}};
  const pid_t pid = launch(how);
  while (read_file("/proc/" + std::to_string(pid) + "/comm") != "bash\n") std::this_thread::yield();
  Tracer retained({.format = "text"});
  ASSERT_TRACING(retained);
  Tracer none({.args = {"--ancestor-args", "0"}, .format = "text"});
  ASSERT_TRACING(none);
  go.write.reset();
  EXPECT_EQ(status_text(wait_for(pid)), "exit 0");
  for (Tracer* tracer : {&none, &retained}) {
    ASSERT_STOPPED(*tracer);
    const auto lines = lines_of(tracer->output());
    const auto line = std::ranges::find_if(
        lines, [](const std::string& each) { return each.find("said-by-a-script") != std::string::npos; });
    ASSERT_NE(line, lines.end());
    EXPECT_NE(line->find("bash nightly-backup(" + std::to_string(pid) + ")"), std::string::npos) << *line;
  }
}

// Nothing that a terminal would obey, and valid UTF-8.
bool is_harmless(const std::string& line) {
  if (escape_chain_field(line).find("\\x") == std::string::npos) return true;
  // What a chain escapes beside control bytes may stand in a line of text: | ; and backslash.
  std::string rest;
  std::copy_if(line.begin(), line.end(), std::back_inserter(rest),
               [](char c) { return c != '|' && c != ';' && c != '\\'; });
  return escape_chain_field(rest) == rest;
}

TEST(FormatsTest, ChainAndTextSayWhatJsonSays) {
  const std::vector<std::string> mine = {"--under", std::to_string(getpid())};
  Tracer jsonl({.args = mine});
  ASSERT_TRACING(jsonl);
  Tracer chain({.args = mine, .format = "chain"});
  ASSERT_TRACING(chain);
  Tracer text({.args = mine, .format = "text"});
  ASSERT_TRACING(text);
  const std::vector<std::uint32_t> tracers = {static_cast<std::uint32_t>(chain.pid()),
                                              static_cast<std::uint32_t>(text.pid())};
  Workload workload;
  for (const char* name : {"names", "args", "credentials", "reexec"}) workload.start(name);
  workload.start("storm", {"root", "5", "400"});
  ASSERT_FINISHED(workload);
  for (Tracer* each : {&text, &chain, &jsonl}) ASSERT_STOPPED(*each);

  const Stream stream = expect_stream(jsonl);
  std::vector<std::string> chains, pids;
  for (const Record& record : stream.records) {
    if (record.type != "exec" || std::count(tracers.begin(), tracers.end(), record.pid) > 0) continue;
    chains.push_back(record.json.bytes("chain").value_or(""));
    pids.push_back(std::to_string(record.pid));
  }
  ASSERT_GT(chains.size(), 200u);
  std::vector<std::string> chain_lines = lines_of(chain.output());
  std::erase_if(chain_lines,
                [&](const std::string& line) { return line.starts_with(std::to_string(tracers[1]) + '|'); });
  // Two simultaneous events on two cpus may be in either order in the rings of two tracers.
  std::sort(chain_lines.begin(), chain_lines.end());
  std::sort(chains.begin(), chains.end());
  EXPECT_EQ(chain_lines, chains);

  const std::vector<std::string> text_lines = lines_of(text.output());
  ASSERT_EQ(text_lines.size(), chains.size());
  std::vector<std::string> text_pids;
  for (const std::string& line : text_lines) {
    EXPECT_TRUE(is_harmless(line)) << escape_chain_field(line);
    std::string day;
    std::string time;
    std::istringstream(line) >> day >> time >> text_pids.emplace_back();
  }
  std::sort(text_pids.begin(), text_pids.end());
  std::sort(pids.begin(), pids.end());
  EXPECT_EQ(text_pids, pids);
}

// Runs a tracer with these options over these workloads.
struct Filtered {
  Truth truth;
  Stream stream;
  std::string output;

  // How many execs of the workload fulfil a condition, and how many of all that was written don't.
  using Condition = std::function<bool(const Record&)>;
  [[nodiscard]] std::size_t execs(const Condition& condition = [](const Record&) { return true; }) const {
    std::size_t count = 0;
    for (const Record& r : stream.records) {
      count += r.type == "exec" && truth.find(stamp_of(r).token) != nullptr && condition(r);
    }
    return count;
  }
  void expect_all(const Condition& condition) const {
    for (const Record& r : stream.records) {
      EXPECT_TRUE(r.id.empty() || condition(r)) << r.type << ' ' << r.seq << ' ' << r.pid;
    }
  }
};

void run_filtered(const std::vector<std::string>& options, const std::vector<std::string>& progs,
                  Filtered& out) {
  Tracer tracer({.args = options});
  ASSERT_TRACING(tracer);
  Workload workload;
  for (const std::string& name : progs) workload.start(name);
  ASSERT_FINISHED(workload);
  ASSERT_STOPPED(tracer);
  out.truth = expect_truth(workload);
  Problems problems;
  out.stream = tracer.stream(problems);
  check_whole(out.stream, false, problems);
  EXPECT_TRUE(problems.none()) << problems.text();
  // All are followed, whatever is written.
  EXPECT_GE(out.stream.records.back().json.number("forks").value_or(0), out.truth.processes.size() - 1);
}

std::size_t true_execs(const Truth& truth, const std::function<bool(const TrueProcess&)>& condition) {
  std::size_t count = 0;
  for (const auto& [token, process] : truth.processes) {
    for (const auto& [ordinal, exec] : process.execs) count += !exec.failed && condition(process);
  }
  return count;
}

// What only the command itself can find wrong with a word.
TEST(WrongWordsTest, UsersThatAreNoneAreRefused) {
  for (const char* user : {"no-such-user", "root,nobody"}) {
    for (const Ran& ran : {run({proctree_path(), "trace", "--user", user}),
                           run({proctree_path(), "run", "--user", user, "--", "true"}),
                           run({proctree_path(), "replay", "--user", user, "/dev/null"}),
                           run({proctree_path(), "find", "--user", user})}) {
      EXPECT_EQ(ran.code(), 1) << ran.err;
      EXPECT_EQ(count_lines(ran.err), 1u) << ran.err;
      EXPECT_NE(ran.err.find(user), std::string::npos) << ran.err;
    }
  }
}

TEST(WrongWordsTest, WhatMayStillComeIsReportedOnce) {
  const Ran none = run({proctree_path(), "trace", "--duration", "0.1", "--comm", "no-such-name", "--under",
                        "nor-this", "--container", "0123456789"});
  EXPECT_EQ(none.code(), 0) << none.err;
  EXPECT_NE(
      none.err.find("proctree: nothing that runs is called no-such-name, nor is called nor-this, nor is in "
                    "container 0123456789, yet\n"),
      std::string::npos)
      << none.err;
  const Ran runs = run({proctree_path(), "trace", "--duration", "0.1", "--comm", "proctree"});
  EXPECT_EQ(runs.err.find("nothing that runs"), std::string::npos) << runs.err;
  EXPECT_EQ(run({proctree_path(), "run", "--quiet", "--comm", "no-such-name", "--", "true"}).err, "");
}

TEST(WrongWordsTest, FindingNothingIsAFailure) {
  const Ran text = run({proctree_path(), "find", "--comm", "no-such-name"});
  EXPECT_EQ(text.code(), 1);
  EXPECT_EQ(text.out, "");
  EXPECT_EQ(count_lines(text.err), 1u) << text.err;
  const Ran json = run({proctree_path(), "find", "--comm", "no-such-name", "--format", "json"});
  EXPECT_EQ(json.code(), 1);
  EXPECT_EQ(json.out, "[]\n");
}

TEST(WrongWordsTest, ATimelineIsNoText) {
  const TempDir dir;
  Launch how;
  how.argv = {proctree_path(), "trace", "--timeline", "-", "--duration", "0.1"};
  how.cwd = dir.path();
  EXPECT_EQ(status_text(wait_for(launch(how))), "exit 2");
  EXPECT_NE(access(dir.file("-").c_str(), F_OK), 0);
}

TEST(OptionsTest, EventsExecOnly) {
  Filtered run;
  run_filtered({"--events", "exec"}, {"fork", "reexec"}, run);
  run.expect_all([](const Record& r) { return r.type == "exec"; });
  EXPECT_EQ(run.execs(), true_execs(run.truth, [](const TrueProcess&) { return true; }));
}

TEST(OptionsTest, EventsForkAndExit) {
  Filtered run;
  run_filtered({"--events", "fork,exit"}, {"fork"}, run);
  run.expect_all([](const Record& r) { return r.type == "fork" || r.type == "exit"; });
  for (const char* type : {"fork", "exit"}) {
    EXPECT_GE(run.stream.count(type), run.truth.processes.size() - 1);
  }
}

TEST(OptionsTest, Comm) {
  Filtered run;
  run_filtered({"--comm", "leaf"}, {"fork", "spawn", "vfork"}, run);
  run.expect_all([](const Record& r) { return r.json.string("comm") == "leaf"; });
  EXPECT_EQ(run.execs(), 7u);  // 1 + 4 + 2
}

TEST(OptionsTest, SeveralOfOneKindAndTwoKinds) {
  Filtered run;
  run_filtered({"--comm", "leaf", "--comm", "spawn", "--user", "root"}, {"fork", "spawn"}, run);
  run.expect_all([](const Record& r) {
    return (r.json.string("comm") == "leaf" || r.json.string("comm") == "spawn") &&
           r.json.string("user") == "root";
  });
  EXPECT_EQ(run.execs(), 6u);  // leaves 1 + 4, spawn itself
}

TEST(OptionsTest, User) {
  for (const char* user : {"nobody", "65534", "12345"}) {
    SCOPED_TRACE(user);
    const std::uint64_t uid = std::string(user) == "12345" ? 12345 : 65534;
    Filtered run;
    run_filtered({"--user", user}, {"credentials"}, run);
    run.expect_all([&](const Record& r) { return r.json.number("uid") == uid; });
    EXPECT_EQ(run.execs(), uid == 65534 ? 1u : 7u);
  }
}

TEST(OptionsTest, UnderPid) {
  Filtered run;
  run_filtered({"--under", std::to_string(getpid())}, {"daemon", "clone_parent"}, run);
  run.expect_all([&](const Record& r) { return run.truth.find_id(r.id) != nullptr; });
  EXPECT_EQ(run.execs(), true_execs(run.truth, [](const TrueProcess&) { return true; }));
}

// What descends from processes of that name, also where they are dead; not they themselves.
TEST(OptionsTest, UnderName) {
  Filtered run;
  run_filtered({"--under", "daemon"}, {"daemon", "fork"}, run);
  const auto below_daemon = [&](const TrueProcess& process) {
    for (const TrueProcess* p = run.truth.find(process.creator); p != nullptr;
         p = run.truth.find(p->creator)) {
      for (const auto& [ordinal, exec] : p->execs) {
        if (exec.args.find("/daemon\0", 0, 8) != std::string::npos) return true;
      }
    }
    return false;
  };
  run.expect_all([&](const Record& r) {
    const TrueProcess* process = run.truth.find_id(r.id);
    return process != nullptr && below_daemon(*process);
  });
  EXPECT_EQ(run.execs(), true_execs(run.truth, below_daemon));
  EXPECT_EQ(run.execs(), 4u);
}

TEST(OptionsTest, Container) {
  Filtered run;
  run_filtered({"--container", "0123456789abcdef0123456789"}, {"cgroup", "fork"}, run);
  run.expect_all([](const Record& r) {
    return r.json.string("container_id").value_or("").starts_with("0123456789abcdef0123456789");
  });
  EXPECT_EQ(run.execs(), 1u);
}

TEST(OptionsTest, Ancestors) {
  Tracer tracer({.args = {"--ancestors", "2"}});
  ASSERT_TRACING(tracer);
  Workload workload;
  workload.start("fork");
  workload.start("daemon");
  ASSERT_FINISHED(workload);
  ASSERT_STOPPED(tracer);
  EXPECT_EQ(expect_all_seen(workload, tracer, {.ancestors_max = 2}).report.deepest, 2u);
}

}  // namespace
}  // namespace proctree::live
