// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// A recording of live events, replayed: the same as what other tracers wrote of these events meanwhile.
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <regex>
#include <set>

#include "live.hpp"

namespace proctree::live {
namespace {

using Lines = std::vector<std::string>;

// Two tracers' clocks may differ by what makes another millisecond, and two simultaneous events on two cpus
// may stand in either order in their rings: then only one of the two sees an ancestor ended.
Lines comparable(const std::string& output, std::size_t time_width) {
  Lines lines = lines_of(output);
  for (std::string& line : lines) {
    line.erase(0, time_width);
    for (std::size_t at = 0; (at = line.find("†")) != std::string::npos;)
      line.erase(at, std::string("†").size());
    // Each tracer takes the time of an end by itself.
    line = std::regex_replace(line, std::regex(" after [0-9.]+ (µs|ms|s|min [0-9]+ s) *"), " after a while ");
    while (line.ends_with(' ')) line.pop_back();
  }
  std::sort(lines.begin(), lines.end());
  return lines;
}

// Both are sorted.
template <class Strings>
Lines only_in_first(const Strings& first, const Strings& second) {
  Lines only;
  std::set_difference(first.begin(), first.end(), second.begin(), second.end(), std::back_inserter(only));
  return only;
}

std::set<std::string> running_pids() {
  const Ran found = run({proctree_path(), "find"});
  EXPECT_EQ(found.code(), 0) << found.err;
  std::set<std::string> pids;
  for (const std::string& pid : lines_of(found.out)) {
    // Who has ended is a zombie until its parent asks.
    const std::string stat = read_file("/proc/" + pid + "/stat");
    if (stat.find(") Z ") == std::string::npos) pids.insert(pid);
  }
  return pids;
}

class RecordingTest : public testing::Test {
 protected:
  void record(const Tracer& tracer) { std::ofstream(path_, std::ios::binary) << tracer.output(); }
  std::string replayed(std::vector<std::string> args) {
    args.insert(args.begin(), {proctree_path(), "replay", path_});
    const Ran ran = run(args);
    EXPECT_EQ(ran.code(), 0) << ran.err;
    EXPECT_EQ(ran.err, "");
    return ran.out;
  }

  TempDir dir_;
  const std::string path_ = dir_.file("recording");
};

TEST_F(RecordingTest, SaysWhatLiveTracersSaid) {
  const std::string me = std::to_string(getpid());
  const std::vector<std::string> execs = {"--under", me};
  const std::vector<std::string> all = {"--under", me, "--events", "exec,fork,exit"};
  // Text and chains are never cut, so that no line of the recording may be.
  Tracer recorder({.args = {"--snapshot", "--line-max", "4194304"}});
  ASSERT_TRACING(recorder);
  struct Other {
    std::string format;
    std::vector<std::string> args;
    std::size_t time_width;
    std::unique_ptr<Tracer> tracer = {};
  };
  constexpr std::size_t kTimeWidth = std::string_view("2026-03-01 09:30:00.000").size();
  std::vector<Other> others;
  others.push_back({"chain", execs, 0});
  others.push_back({"chain", all, 0});
  others.push_back({"text", execs, kTimeWidth});
  others.push_back({"text", all, kTimeWidth});
  std::vector<std::string> tracer_pids;
  for (Other& other : others) {
    other.tracer = std::make_unique<Tracer>(Tracer::Options{.args = other.args, .format = other.format});
    ASSERT_TRACING(*other.tracer);
    tracer_pids.push_back(std::to_string(other.tracer->pid()));
  }
  Workload workload;
  for (const char* name : {"names", "args", "credentials", "reexec", "daemon", "clone_parent"})
    workload.start(name);
  workload.start("storm", {"root", "5", "400"});
  ASSERT_FINISHED(workload);
  for (Other& other : others) ASSERT_STOPPED(*other.tracer);
  ASSERT_STOPPED(recorder);
  record(recorder);

  EXPECT_EQ(replayed({"--format", "jsonl"}), recorder.output());
  for (const Other& other : others) {
    SCOPED_TRACE(other.format + (other.args.size() > 2 ? " of all events" : " of execs"));
    std::vector<std::string> args = {"--format", other.format};
    args.insert(args.end(), other.args.begin(), other.args.end());
    // The tracers have seen of each other only what came after their own start.
    const auto without_tracers = [&](const std::string& output) {
      Lines lines = comparable(output, other.time_width);
      std::erase_if(lines, [&](const std::string& line) {
        const std::size_t begin = line.find_first_not_of(' ');
        const std::size_t end = line.find_first_of(" |", begin);
        return std::count(tracer_pids.begin(), tracer_pids.end(), line.substr(begin, end - begin)) > 0;
      });
      return lines;
    };
    const Lines live = without_tracers(other.tracer->output());
    EXPECT_GT(live.size(), 200U);
    const Lines again = without_tracers(replayed(args));
    EXPECT_EQ(only_in_first(live, again), Lines{});
    EXPECT_EQ(only_in_first(again, live), Lines{});
  }
}

// A filter chooses the same of a recording as it did of the events.
TEST_F(RecordingTest, FiltersChooseWhatTheyChoseLive) {
  Tracer recorder;
  ASSERT_TRACING(recorder);
  const std::vector<std::string> filter = {"--comm", "leaf", "--comm",   "spawn",
                                           "--user", "root", "--events", "exec"};
  Tracer filtered({.args = filter});
  ASSERT_TRACING(filtered);
  Workload workload;
  for (const char* name : {"fork", "spawn", "daemon"}) workload.start(name);
  ASSERT_FINISHED(workload);
  ASSERT_STOPPED(filtered);
  ASSERT_STOPPED(recorder);
  record(recorder);

  std::vector<std::string> args = {"--format", "jsonl"};
  args.insert(args.end(), filter.begin(), filter.end());
  Problems problems;
  const auto ids = [](const std::string& output, Problems& of) {
    std::vector<std::string> found;
    const Stream stream = read_stream(output, of);
    for (const Record& r : stream.records) {
      if (r.type == "exec") found.push_back(r.id);
    }
    std::sort(found.begin(), found.end());  // two tracers may order what two cpus do differently
    return found;
  };
  const auto live = ids(filtered.output(), problems);
  EXPECT_GE(live.size(), 6U);
  Problems gaps;  // lines keep their numbers
  EXPECT_EQ(ids(replayed(args), gaps), live);
  EXPECT_TRUE(problems.none()) << problems.text();
}

TEST_F(RecordingTest, TheTreeIsWhatRuns) {
  Tracer recorder({.args = {"--snapshot"}});
  ASSERT_TRACING(recorder);
  Workload workload;
  workload.start("daemon");
  workload.start("storm", {"root", "7", "200"});
  ASSERT_FINISHED(workload);
  const std::set<std::string> before = running_pids();
  ASSERT_STOPPED(recorder);
  const std::set<std::string> after = running_pids();
  record(recorder);

  // "└─name(PID) <exited>"
  std::set<std::string> living;
  for (const std::string& line : lines_of(replayed({"--tree"}))) {
    if (line.ends_with(" <exited>")) continue;
    const std::size_t open = line.rfind('(');
    living.insert(line.substr(open + 1, line.size() - open - 2));
  }
  Problems problems;
  std::set<std::string> ended, stayed, dead;
  for (const Record& r : recorder.stream(problems).records) {
    if (r.type == "fork") ended.erase(std::to_string(r.pid));
    if (r.type == "exit") ended.insert(std::to_string(r.pid));
  }
  EXPECT_GE(ended.size(), 200U);
  std::set_intersection(before.begin(), before.end(), after.begin(), after.end(),
                        std::inserter(stayed, stayed.end()));
  for (const std::string& pid : ended) stayed.erase(pid);
  EXPECT_EQ(only_in_first(stayed, living), Lines{});
  std::set_intersection(ended.begin(), ended.end(), living.begin(), living.end(),
                        std::inserter(dead, dead.end()));
  EXPECT_EQ(dead, std::set<std::string>{});
}

// Parts, compressed as logrotate does it, from a pipe, and delivered twice: the recording each time.
TEST_F(RecordingTest, ComesInPartsFromAPipeAndTwice) {
  for (int i = 0; i < 2; ++i) {
    const Ran ran = run({proctree_path(), "run", "--quiet", "--format", "jsonl", "--output", path_, "--",
                         "sh", "-c", "true; /bin/true"});
    ASSERT_EQ(ran.code(), 0) << ran.err;
  }
  const std::string recording = read_file(path_);
  const Lines lines = lines_of(recording);
  ASSERT_GE(lines.size(), 10U);
  for (const std::string& line : lines)
    EXPECT_NE(line.find("\"stream\":\""), std::string::npos) << "each line says which it is: " << line;
  const auto script = [&](const std::string& commands, const std::string& warning = "") {
    const Ran ran = run({"sh", "-ec", "cd \"$2\"; " + commands, "sh", proctree_path(), dir_.path()});
    EXPECT_EQ(ran.code(), 0) << commands << ": " << ran.err;
    EXPECT_NE(ran.err.find(warning), std::string::npos) << ran.err;
    return ran.out;
  };
  const std::string half = std::to_string(lines.size() / 2);
  script("mkdir log; head -n " + half + " recording >log/b; tail -n +$((" + half +
         " + 1)) recording >log/a; gzip log/b; echo other >log/README");
  const std::string replay = "\"$1\" replay --format jsonl ";
  EXPECT_EQ(script(replay + "log/b.gz log/a"), recording);
  EXPECT_EQ(script(replay + "log", "1 file is no recording"), recording);
  EXPECT_EQ(script("gzip -c recording | " + replay + "-"), recording);
  EXPECT_EQ(script("sed p recording | " + replay + "-", "repeated lines left out"), recording);
  EXPECT_EQ(script(replay + "recording recording", "repeated lines left out"), recording);
  EXPECT_EQ(script("gzip -c recording | " + replay + "--since '1h ago' --until '0 ago' -"), recording);
  EXPECT_EQ(script("\"$1\" replay --since '0 ago' --format jsonl recording"), lines.back() + "\n");
  const Ran endless = run({proctree_path(), "replay", "--format", "jsonl", "--output", path_, path_});
  EXPECT_EQ(endless.code(), 2) << "it would never end";
  EXPECT_EQ(read_file(path_), recording);
}

}  // namespace
}  // namespace proctree::live
