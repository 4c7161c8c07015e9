// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// --timeline on live events: what it draws against what the audit stream of the same run says, and against
// the truth; and that a replay draws the same.
#include "timeline.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <map>
#include <string>
#include <vector>

#include "live.hpp"
#include "progs/truth.h"

namespace proctree::live {
namespace {

using timeline::Slice;
using timeline::Timeline;

class TimelineLiveTest : public testing::Test {
 protected:
  // run, with its audit stream in "out" and its timeline in "timeline".
  Ran run_with_timeline(std::vector<std::string> command) {
    command.insert(command.begin(), {proctree_path(), "run", "--quiet", "--wait-all", "--format", "jsonl",
                                     "--output", out_, "--timeline", timeline_, "--"});
    return run(std::move(command));
  }
  std::string replayed() {
    const std::string path = dir_.file("replayed");
    const Ran ran = run({proctree_path(), "replay", out_, "--format", "chain", "--timeline", path});
    EXPECT_EQ(ran.code(), 0) << ran.err;
    return read_file(path);
  }
  Timeline timeline() {
    Timeline timeline(read_file(timeline_));
    EXPECT_EQ(timeline.problem_text(), "");
    return timeline;
  }
  Stream stream() {
    Problems problems;
    Stream stream = read_stream(read_file(out_), problems);
    EXPECT_TRUE(problems.none()) << problems.text();
    EXPECT_EQ(stream.count("lost"), 0u);
    return stream;
  }

  TempDir dir_;
  const std::string out_ = dir_.file("out");
  const std::string timeline_ = dir_.file("timeline");
};

using SlicesById = std::map<std::string, std::vector<const Slice*>>;

SlicesById by_id(const Timeline& timeline) {
  SlicesById slices;
  for (const Slice& slice : timeline.slices) slices[slice.facts.at("id")].push_back(&slice);
  return slices;
}

// Each record is the beginning or the end of a slice, to the nanosecond, and nothing else is.
void expect_records_drawn(const Stream& stream, const Timeline& timeline) {
  const SlicesById slices = by_id(timeline);
  std::map<std::string, std::size_t> at;  // how many slices of a process have begun
  std::size_t flows = 0;
  for (const Record& record : stream.records) {
    if (record.id.empty()) continue;
    SCOPED_TRACE(record.type + " of " + record.id);
    ASSERT_TRUE(slices.contains(record.id));
    const auto& own = slices.at(record.id);
    std::size_t& begun = at[record.id];
    if (record.type == "exit") {
      ASSERT_EQ(begun, own.size());
      const Slice& last = *own.back();
      EXPECT_TRUE(last.ended);
      EXPECT_EQ(last.end, record.ktime_ns);
      const char* how = record.json.number("signal") ? "signal" : "exit_code";
      EXPECT_EQ(last.facts.at(how), std::to_string(*record.json.number(how)));
      continue;
    }
    ASSERT_LT(begun, own.size());
    const Slice& slice = *own[begun++];
    EXPECT_EQ(slice.begin, record.ktime_ns);
    EXPECT_EQ(slice.facts.at("pid"), std::to_string(record.pid));
    if (record.type == "exec") {
      EXPECT_EQ(slice.facts.contains("command"), record.json.at("args") != nullptr);
      EXPECT_TRUE(begun == 1 || own[begun - 2]->end == record.ktime_ns);
      continue;
    }
    // A fork: an arrow from its creator, in whose track it stands.
    ASSERT_EQ(slice.flows.size(), 1u);
    const timeline::Flow& flow = timeline.flows.at(slice.flows[0]);
    const timeline::Instant& instant = timeline.instants[flow.instant];
    EXPECT_EQ(instant.ns, record.ktime_ns);
    const auto creator = slices.find(std::string(*record.json.string("creator_id")));
    ASSERT_NE(creator, slices.end());
    EXPECT_EQ(instant.track, creator->second[0]->track);
    EXPECT_TRUE(timeline.depth(slice.track) == 64 || timeline.tracks.at(slice.track).parent == instant.track);
    ++flows;
  }
  for (const auto& [id, own] : slices) EXPECT_EQ(at[id], own.size()) << id;
  EXPECT_EQ(flows, timeline.flows.size());
}

TEST_F(TimelineLiveTest, DrawsAStormAsItWas) {
  constexpr unsigned kSize = 800;
  char stamp[TRUTH_STAMP_MAX];
  Fd truth_file = open_file(dir_.file("truth"), O_RDWR | O_CREAT | O_APPEND);
  Pipe alive = make_pipe();
  Launch how;
  how.argv = {proctree_path(),
              "run",
              "--quiet",
              "--wait-all",
              "--format",
              "jsonl",
              "--output",
              out_,
              "--timeline",
              timeline_,
              "--",
              prog("storm"),
              truth_stamp(stamp, truth_new_token(), 1),
              "root",
              "45",
              std::to_string(kSize)};
  how.cwd = dir_.path();
  how.fds = {{truth_file.get(), TRUTH_FD}, {alive.write.get(), TRUTH_ALIVE_FD}};
  ASSERT_EQ(status_text(wait_for(launch(how), std::chrono::seconds(120))), "exit 0");

  const Timeline drawn = timeline();
  expect_records_drawn(stream(), drawn);
  EXPECT_EQ(replayed(), read_file(timeline_));

  // The truth of it, but for its root, whose birth nobody wrote down.
  Problems rootless;
  const Truth truth = read_truth(read_file(dir_.file("truth")), rootless);
  const SlicesById slices = by_id(drawn);
  std::map<std::uint64_t, std::string> id_of;  // by track
  for (const auto& [id, own] : slices) id_of[own[0]->track] = id;
  std::size_t nested = 0;
  for (const auto& [token, process] : truth.processes) {
    const TrueProcess* const creator = truth.find(process.creator);
    if (creator == nullptr || creator->id.empty()) continue;
    ASSERT_TRUE(slices.contains(process.id)) << process.id;
    const Slice& first = *slices.at(process.id)[0];
    const bool deepest = drawn.depth(first.track) == 64;
    EXPECT_TRUE(deepest || id_of[drawn.tracks.at(first.track).parent] == creator->id) << process.id;
    const Slice& last = *slices.at(process.id).back();
    ASSERT_TRUE(process.end);
    EXPECT_EQ(last.facts.at(process.end->by_signal ? "signal" : "exit_code"),
              std::to_string(process.end->number));
    nested += deepest ? 0 : 1;
  }
  EXPECT_GT(nested, kSize / 2);
}

// sh ─ sh ─ sleep (which outlives its creator), false, and a signal.
TEST_F(TimelineLiveTest, DrawsASmallTree) {
  const Ran ran = run_with_timeline(
      {"sh", "-c", "(exec /bin/false a 'b c'); (/bin/sleep 0.1 & ) ; sh -c 'kill -9 $$'; exit 7"});
  EXPECT_EQ(ran.code(), 7);
  const Timeline drawn = timeline();
  expect_records_drawn(stream(), drawn);
  EXPECT_EQ(replayed(), read_file(timeline_));
  std::map<std::string, const Slice*> by_command;
  for (const Slice& slice : drawn.slices) {
    if (const auto command = slice.facts.find("command"); command != slice.facts.end())
      by_command[command->second] = &slice;
  }
  const auto depth = [&](const std::string& command) {
    return by_command.contains(command) ? drawn.depth(by_command[command]->track) : 0;
  };
  EXPECT_EQ(depth("/bin/false a 'b c'"), 2u);
  EXPECT_EQ(by_command["/bin/false a 'b c'"]->facts.at("end"), "exited 1");
  EXPECT_EQ(depth("/bin/sleep 0.1"), 3u);
  EXPECT_GE(by_command["/bin/sleep 0.1"]->end - by_command["/bin/sleep 0.1"]->begin, 100'000'000u);
  EXPECT_EQ(depth("sh -c $'kill -9 $$'") + depth("sh -c 'kill -9 $$'"), 2u);
  std::size_t killed = 0, roots = 0;
  for (const Slice& slice : drawn.slices) {
    killed += slice.facts.contains("signal") && slice.facts.at("signal") == "9";
    if (drawn.tracks.at(slice.track).parent != 0) continue;
    ++roots;
    EXPECT_EQ(slice.facts.at("exit_code"), "7");
    EXPECT_NE(slice.facts.at("chain").find(';'), std::string::npos);
    EXPECT_TRUE(drawn.tracks.at(slice.track).name.starts_with("sh "));
  }
  EXPECT_EQ(killed, 1u);
  EXPECT_EQ(roots, 1u);
}

TEST_F(TimelineLiveTest, TakesHostileNames) {
  Tracer tracer({.args = {"--timeline", timeline_, "--under", std::to_string(getpid())}});
  ASSERT_TRACING(tracer);
  Workload workload;
  for (const char* name : {"names", "args", "paths"}) workload.start(name);
  ASSERT_FINISHED(workload);
  ASSERT_STOPPED(tracer);
  const Timeline drawn = timeline();  // each text was looked at
  EXPECT_GT(drawn.slices.size(), 100u);
  const bool forged = std::ranges::any_of(drawn.slices, [](const Slice& slice) {
    return slice.facts.at("pid") == "1" || slice.name.find('\n') != std::string::npos;
  });
  EXPECT_FALSE(forged);
}

// What ran before, too, where the recording knows of it.
TEST_F(TimelineLiveTest, AReplayDrawsTheHostAsItWasDrawnLive) {
  Tracer tracer({.args = {"--snapshot", "--timeline", timeline_}});
  ASSERT_TRACING(tracer);
  Workload workload;
  workload.start("storm", {"root", "46", "200"});
  ASSERT_FINISHED(workload);
  ASSERT_STOPPED(tracer);
  std::ofstream(out_, std::ios::binary) << tracer.output();
  ASSERT_EQ(stream().count("lost"), 0u);
  EXPECT_EQ(replayed(), read_file(timeline_));
  const Timeline drawn = timeline();
  EXPECT_GE(drawn.slices.size(), stream().count("process") + stream().count("fork"));
}

// --events is of the stream, filters are of both.
TEST_F(TimelineLiveTest, HeedsFiltersAndNotEvents) {
  Tracer tracer({.args = {"--events", "exit", "--comm", "leaf", "--timeline", timeline_}});
  ASSERT_TRACING(tracer);
  ASSERT_EQ(run({"/bin/sh", "-c", "/bin/true"}).code(), 0);
  Workload workload;
  workload.start("leaf");
  ASSERT_FINISHED(workload);
  ASSERT_STOPPED(tracer);
  const Timeline drawn = timeline();
  ASSERT_EQ(drawn.slices.size(), 1u);
  EXPECT_EQ(drawn.slices[0].name, "leaf");
  EXPECT_TRUE(drawn.slices[0].ended);
  EXPECT_TRUE(drawn.slices[0].facts.contains("exit_code"));
}

// Whatever ends the tracer: the file's packets are whole.
TEST_F(TimelineLiveTest, IsReadableAfterACrash) {
  Tracer tracer({.args = {"--timeline", timeline_}});
  ASSERT_TRACING(tracer);
  Workload workload;
  workload.start("storm", {"root", "47", "400"});
  ASSERT_FINISHED(workload);
  (void)run({prog("leaf")});
  ASSERT_TRUE(tracer.wait_for_output("\"comm\":\"leaf\"")) << "it is behind";
  EXPECT_EQ(tracer.stop(SIGKILL), "signal 9");
  const Timeline drawn(read_file(timeline_));
  EXPECT_FALSE(drawn.problems.contains("a field that is torn or of an unknown type"));
  EXPECT_FALSE(drawn.problems.contains("a varint without an end"));
  EXPECT_GT(drawn.slices.size(), 400u);
}

TEST_F(TimelineLiveTest, RefusesFilesThatItMustNotReplace) {
  std::ofstream(out_) << "what was there\n";
  for (const char* command : {"run", "trace"}) {
    const Ran ran = run({proctree_path(), command, "--output", out_, "--timeline", out_, "--", "/bin/true"});
    EXPECT_NE(ran.code(), 0) << command;
    EXPECT_EQ(read_file(out_), "what was there\n");
  }
  const Ran same = run({proctree_path(), "run", "--output", out_, "--timeline", out_, "--", "/bin/true"});
  EXPECT_NE(same.err.find("already by this very command; choose another file"), std::string::npos)
      << same.err;
  const Ran itself = run({proctree_path(), "replay", out_, "--timeline", out_});
  EXPECT_EQ(itself.code(), 2) << itself.err;
  EXPECT_EQ(read_file(out_), "what was there\n");
  EXPECT_EQ(run({proctree_path(), "replay", out_, "--tree", "--timeline", timeline_}).code(), 2);
  const Ran device = run({proctree_path(), "run", "--timeline", "/dev/full", "--", "/bin/true"});
  EXPECT_NE(device.err.find("/dev/full is not a regular file"), std::string::npos) << device.err;
}

}  // namespace
}  // namespace proctree::live
