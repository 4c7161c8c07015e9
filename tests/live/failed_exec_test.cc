// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// --failed-execs: each exec that failed, once, as its caller knows it; none where they weren't asked for; and
// what is lost of them is counted.
#include <unordered_map>
#include <utility>

#include "facts.hpp"
#include "live.hpp"

namespace proctree::live {
namespace {

using ByProcess = std::unordered_map<std::string, std::vector<const Record*>>;

ByProcess failed_execs_of(const Stream& stream) {
  ByProcess found;
  for (const Record& record : stream.records) {
    if (record.type == "exec_failed") found[record.id].push_back(&record);
  }
  return found;
}

// The failed execs of each process of the truth, in their order. Returns how many.
std::size_t compare_failed_execs(const Truth& truth, const Stream& stream, Report& report) {
  ByProcess reported = failed_execs_of(stream);
  std::size_t count = 0;
  for (const auto& [id, token] : truth.by_id) {
    const TrueProcess& process = *truth.find(token);
    const std::vector<const Record*> records = reported[id];
    std::size_t next = 0;
    for (const auto& [ordinal, exec] : process.execs) {
      if (!exec.failed) continue;
      ++count;
      if (next == records.size()) {
        report.problems.add(id + ": failed exec " + std::to_string(ordinal) + " was not told");
        continue;
      }
      const Record& record = *records[next++];
      check_facts(process, "failed." + std::to_string(ordinal), record, report);
      if (!record.json.is_true("lineage_complete") || record.json.array("ancestors") == nullptr)
        report.problems.add(id + ": no whole lineage");
      const std::string begin = std::to_string(process.pid) + '|';
      if (!record.json.string("chain").value_or("").starts_with(begin)) report.problems.add(id + ": chain");
    }
    if (next != records.size()) report.problems.add(id + ": more failed execs are told than there were");
  }
  return count;
}

std::uint64_t lost_failed_execs(const Stream& stream) {
  std::uint64_t lost = 0;
  for (const Record& record : stream.records) {
    if (record.type == "lost") lost += record.json.number("failed_execs").value_or(0);
  }
  return lost;
}

// How many of the workload's the stream has; other processes of the host may fail execs meanwhile.
std::uint64_t count_failed_execs(const Stream& stream, const Truth& truth) {
  std::uint64_t count = 0;
  for (const Record& record : stream.records)
    count += record.type == "exec_failed" && truth.find_id(record.id) != nullptr;
  return count;
}

// Kernels skip programs of this kind on a cpu where a map is being freed meanwhile (kernel/bpf/syscall.c,
// bpf_map_free_deferred), such as that of the tracer before. What was skipped is reported since 6.7; then, or
// before, the same is tried again, a few times. `reported` of the `made` ones are in the stream.
bool some_were_skipped(const Stream& stream, std::uint64_t reported, std::uint64_t made) {
  if (reported >= made) return false;
  if (kernel_is_at_least(6, 7)) {
    EXPECT_GE(reported + lost_failed_execs(stream), made);
  }
  return true;
}
constexpr int kAttempts = 5;

TEST(WaysTest, FailedExecsAsTheirCallersKnowThem) {
  constexpr std::uint64_t kMade = 22;
  for (int attempt = 1; attempt <= kAttempts; ++attempt) {
    Tracer tracer({.args = {"--failed-execs"}});
    ASSERT_TRACING(tracer);
    Workload workload;
    workload.start("broken_exec");
    ASSERT_FINISHED(workload);
    ASSERT_STOPPED(tracer);
    Problems unread;
    const Stream stream = tracer.stream(unread);
    const std::uint64_t reported = count_failed_execs(stream, expect_truth(workload));
    if (attempt < kAttempts && some_were_skipped(stream, reported, kMade)) continue;
    Outcome outcome = expect_all_seen(workload, tracer);
    EXPECT_EQ(compare_failed_execs(expect_truth(workload), outcome.stream, outcome.report), kMade);
    EXPECT_TRUE(outcome.report.problems.none()) << outcome.report.problems.text();
    EXPECT_GE(outcome.report.facts, 100u);
    EXPECT_TRUE(outcome.stream.records.front().json.is_true("tracer.failed_execs"));
    EXPECT_EQ(outcome.stream.records.back().json.number("failed_execs"), outcome.stream.count("exec_failed"));
    return;
  }
}

TEST(WaysTest, FailedExecsOnlyWhereAskedFor) {
  Tracer tracer;
  ASSERT_TRACING(tracer);
  Workload workload;
  workload.start("broken_exec");
  ASSERT_FINISHED(workload);
  ASSERT_STOPPED(tracer);
  const Stream stream = expect_all_seen(workload, tracer).stream;
  EXPECT_EQ(stream.count("exec_failed"), 0u);
  EXPECT_EQ(stream.records.front().json.at("tracer.failed_execs"), nullptr);
  EXPECT_EQ(stream.records.back().json.at("failed_execs"), nullptr);
}

// `run` of that many failed execs and nothing else; in a ring of one page most are lost.
struct Followed {
  Stream stream;
  std::string errors;
};

Followed follow(std::vector<std::string> options, const std::vector<std::string>& command,
                Problems& problems) {
  const TempDir dir;
  const std::string output = dir.file("out");
  std::vector<std::string> words = {proctree_path(), "run", "--failed-execs", "--format", "jsonl",
                                    "--output",      output};
  words.insert(words.end(), options.begin(), options.end());
  words.emplace_back("--");
  words.insert(words.end(), command.begin(), command.end());
  const Ran ran = run(std::move(words));
  EXPECT_EQ(ran.code(), 0) << ran.err;
  return {read_stream(read_file(output), problems), ran.err};
}

TEST(WaysTest, FailedExecsReportedAndLostAreAll) {
  constexpr std::uint64_t kMade = 20'000;
  Problems problems;
  Followed followed;
  for (int attempt = 1; attempt <= kAttempts; ++attempt) {
    problems = {};
    followed = follow({"--ring-size", "0.001"}, {prog("failing"), std::to_string(kMade)}, problems);
    // `lost` has the runs that the kernel skipped, too.
    if (followed.stream.records.back().json.number("counters.skipped_runs").value_or(0) == 0) break;
  }
  EXPECT_TRUE(problems.none()) << problems.text();
  const std::uint64_t lost = lost_failed_execs(followed.stream);
  std::uint64_t all_lost = 0;
  for (const Record& record : followed.stream.records) {
    if (record.type == "lost") all_lost += record.json.number("count").value_or(0);
  }
  const std::uint64_t reported = followed.stream.count("exec_failed");
  EXPECT_GT(lost, 0u) << "nothing was lost in so small a ring";
  EXPECT_EQ(reported + lost, kMade);
  const Json& stop = followed.stream.records.back().json;
  EXPECT_EQ(stop.number("failed_execs"), reported);
  EXPECT_EQ(stop.number("lost"), all_lost);
  EXPECT_EQ(stop.number("counters.lost_failed_execs"), lost);
  // They left room for what the tree needs, which so is unaffected, and no resync follows.
  EXPECT_EQ(all_lost, lost);
  EXPECT_EQ(followed.stream.count("resync"), 0u);
  EXPECT_EQ(followed.stream.count("exec"), 1u);
  EXPECT_EQ(followed.stream.count("exit"), 1u);
}

TEST(WaysTest, FailedExecsOfACommandAreItsOwn) {
  constexpr std::uint64_t kMade = 3;
  for (int attempt = 1; attempt <= kAttempts; ++attempt) {
    Workload other;
    other.start("broken_exec");
    Problems problems;
    const Followed followed = follow({}, {prog("failing"), std::to_string(kMade)}, problems);
    other.start("broken_exec");
    ASSERT_FINISHED(other);
    if (attempt < kAttempts &&
        some_were_skipped(followed.stream, followed.stream.count("exec_failed"), kMade))
      continue;
    EXPECT_TRUE(problems.none()) << problems.text();
    EXPECT_EQ(followed.stream.count("exec_failed"), kMade);
    for (const Record& record : followed.stream.records) {
      if (record.type == "exec_failed") {
        EXPECT_EQ(record.json.string("filename"), "/nonexistent/program");
      }
    }
    EXPECT_NE(followed.errors.find("proctree: 1 process, 1 exec, 3 failed execs, 0 failures, 0 lost\n"),
              std::string::npos)
        << followed.errors;
    return;
  }
}

TEST(FailedExecTest, IsALineOfTextAndNoChain) {
  const auto of = [](const std::string& format) {
    return run({proctree_path(), "run", "--quiet", "--failed-execs", "--format", format, "--output", "-",
                "--", prog("failing"), "2"});
  };
  const std::string line = " failing (failed ENOENT) /nonexistent/program\n";
  Ran text = of("text");
  for (int attempt = 1; attempt < kAttempts && count_lines(text.out) < 3; ++attempt) text = of("text");
  EXPECT_EQ(count_lines(text.out), 3u) << text.out;
  const std::size_t first = text.out.find(line);
  EXPECT_NE(first, std::string::npos) << text.out;
  EXPECT_NE(text.out.find(line, first + 1), std::string::npos) << text.out;
  EXPECT_EQ(of("chain").code(), 2) << "it has no line for them";
}

TEST(FailedExecTest, TheProcConnectorCanNot) {
  const Ran ran = run({proctree_path(), "trace", "--failed-execs", "--source", "netlink"});
  EXPECT_EQ(ran.code(), 2);
  EXPECT_NE(ran.err.find("the proc connector tells nothing of execs that failed"), std::string::npos)
      << ran.err;
}

}  // namespace
}  // namespace proctree::live
