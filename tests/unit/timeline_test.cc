// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// What a timeline makes of filters, losses, restarts and of processes without end.
#include "timeline.hpp"

#include <malloc.h>

#include <algorithm>
#include <cstdint>

#include "procfs/users.hpp"
#include "replay_fixture.hpp"
#include "sink/timeline_sink.hpp"

namespace proctree {
namespace {

using timeline::Instant;
using timeline::Slice;
using timeline::Timeline;

constexpr std::uint64_t kSecond = 1'000'000'000;

std::vector<Slice> slices_of(const Timeline& timeline, std::string_view track) {
  std::vector<Slice> slices;
  std::ranges::copy_if(timeline.slices, std::back_inserter(slices),
                       [&](const Slice& slice) { return timeline.tracks.at(slice.track).name == track; });
  return slices;
}

std::string parent_of(const Timeline& timeline, std::uint64_t track) {
  const auto parent = timeline.tracks.find(timeline.tracks.at(track).parent);
  return parent == timeline.tracks.end() ? "" : parent->second.name;
}

// Timelines of recordings.
class TimelineTest : public ReplayTest {
 protected:
  std::string file_of(const std::string& recording, const ReplayOptions& options = {}) {
    const Replayed replayed = replay(recording, options, [&](Replay& replay, Output& output) {
      auto file = PacketFile::open(tree_.path("timeline"), {});
      EXPECT_TRUE(file);
      TimelineSink sink(std::move(*file));
      auto done = copy(replay, output, {}, &sink);
      EXPECT_TRUE(sink.close());
      return done;
    });
    EXPECT_EQ(replayed.error, "");
    return tree_.read("timeline");
  }
  Timeline timeline_of(const std::string& recording, const ReplayOptions& options = {}) {
    Timeline timeline(file_of(recording, options));
    EXPECT_EQ(timeline.problem_text(), "");
    return timeline;
  }
};

std::string forked(std::uint64_t seq, std::uint32_t pid, std::string_view comm, std::uint32_t creator) {
  return recorded("fork", seq, process_fields(pid, comm, creator));
}
std::string executed(std::uint64_t seq, std::uint32_t pid, std::string_view comm, std::uint32_t creator) {
  return recorded("exec", seq, process_fields(pid, comm, creator) + ",\"args\":[\"x\"],\"args_size\":2");
}
std::string exited(std::uint64_t seq, std::uint32_t pid, std::string_view comm, std::uint32_t creator) {
  return recorded("exit", seq, process_fields(pid, comm, creator) + ",\"exit_code\":0");
}
std::string stopped(std::uint64_t seq) {
  return recorded("stop", seq, R"("forks":1,"execs":2,"exits":3,"lost":0,"resyncs":0)");
}

// make ran before, and forks a shell that becomes a compiler.
const std::string kBuild = started() + forked(2, 200, "make", 50) + executed(3, 200, "sh", 50) +
                           executed(4, 200, "cc1", 50) + exited(5, 200, "cc1", 50) + stopped(6);

TEST_F(TimelineTest, AnImageLastsUntilTheNextOne) {
  const Timeline timeline = timeline_of(kBuild);
  const auto slices = slices_of(timeline, "cc1 200");
  ASSERT_EQ(slices.size(), 3U);
  EXPECT_EQ(slices[0].name, "make");
  EXPECT_EQ(slices[0].begin, 2 * kSecond);
  EXPECT_EQ(slices[0].end, 3 * kSecond);
  EXPECT_EQ(slices[0].flows.size(), 1U);
  EXPECT_EQ(slices[1].name, "sh");
  EXPECT_EQ(slices[2].begin, 4 * kSecond);
  EXPECT_EQ(slices[2].end, 5 * kSecond);
  EXPECT_EQ(slices[2].facts.at("exit_code"), "0");
  EXPECT_EQ(slices[2].facts.at("command"), "x");
  EXPECT_EQ(parent_of(timeline, slices[0].track), "make 50");
  // Only the fork's line has the creator: it is drawn from the trace's beginning to its end.
  const auto make = slices_of(timeline, "make 50");
  ASSERT_EQ(make.size(), 1U);
  EXPECT_EQ(make[0].begin, 1 * kSecond);
  EXPECT_FALSE(make[0].ended);
  const Instant& fork = timeline.instants[timeline.flows.begin()->second.instant];
  EXPECT_EQ(fork.track, make[0].track);
  EXPECT_EQ(fork.ns, 2 * kSecond);
  EXPECT_EQ(timeline.instants.back().name, "stop");
  EXPECT_EQ(timeline.instants.back().ns, 6 * kSecond);
  EXPECT_EQ(timeline.realtime_ns - timeline.boot_ns, 1'772'357'410'500'000'000U);
}

TEST_F(TimelineTest, ShowsTheNameAtTheEnd) {
  const Timeline timeline = timeline_of(started() + forked(2, 200, "make", 50) + exited(3, 200, "cc1", 50) +
                                        forked(4, 210, "make", 50) + exited(5, 210, "make", 50));
  EXPECT_EQ(slices_of(timeline, "make 200")[0].facts.at("comm"), "cc1");
  EXPECT_FALSE(slices_of(timeline, "make 210")[0].facts.contains("comm"));
}

TEST_F(TimelineTest, EventsThatAreNotWrittenAreDrawnAllTheSame) {
  EXPECT_EQ(file_of(kBuild, {.events = EventSet::only_exec()}), file_of(kBuild));
}

// The shell matches, what it becomes does not: it ends there all the same.
TEST_F(TimelineTest, WhatAFilterHoldsBackEndsASlice) {
  ReplayOptions options;
  options.filter.comms = {"sh"};
  const Timeline timeline = timeline_of(kBuild, options);
  ASSERT_EQ(timeline.slices.size(), 1U);
  EXPECT_EQ(timeline.slices[0].name, "sh");
  EXPECT_EQ(timeline.slices[0].begin, 3 * kSecond);
  EXPECT_EQ(timeline.slices[0].end, 4 * kSecond);
  EXPECT_FALSE(timeline.slices[0].facts.contains("exit_code"));
  EXPECT_EQ(timeline.flows.size(), 0U);
}

// Its fork and its exec are held back. What the end reports is drawn since that exec.
TEST_F(TimelineTest, AnImageThatWasHeldBackIsDrawnSinceItBegan) {
  ReplayOptions options;
  options.filter.users = {"alice"};
  const Timeline timeline =
      timeline_of(started() + forked(2, 200, "make", 50) + executed(3, 200, "su", 50) +
                      recorded("exit", 5, process_fields(200, "su", 50, "alice", 1000) + ",\"exit_code\":1"),
                  options);
  ASSERT_EQ(timeline.slices.size(), 1U);
  EXPECT_EQ(timeline.slices[0].begin, 3 * kSecond);
  EXPECT_EQ(timeline.slices[0].end, 5 * kSecond);
  EXPECT_EQ(timeline.slices[0].facts.at("exit_code"), "1");
}

TEST_F(TimelineTest, WhatRanBeforeStandsAtTheTop) {
  const Timeline timeline =
      timeline_of(started() + recorded("process", 2, process_fields(50, "make", 40)) +
                  exited(3, 60, "old", 50) + forked(4, 200, "make", 50) + forked(5, 210, "make", 200));
  const auto make = slices_of(timeline, "make 50");
  ASSERT_EQ(make.size(), 1U);
  EXPECT_EQ(make[0].begin, 1 * kSecond);
  EXPECT_EQ(parent_of(timeline, make[0].track), "");
  EXPECT_NE(make[0].facts.at("chain").find("50|make|root"), std::string::npos);
  const auto old = slices_of(timeline, "old 60");
  ASSERT_EQ(old.size(), 1U);
  EXPECT_EQ(parent_of(timeline, old[0].track), "");
  EXPECT_EQ(old[0].begin, 1 * kSecond);
  EXPECT_EQ(old[0].end, 3 * kSecond);
  const auto child = slices_of(timeline, "make 210");
  ASSERT_EQ(child.size(), 1U);
  EXPECT_EQ(parent_of(timeline, child[0].track), "make 200");
}

// Its end was lost, and no resync has reported it: the process that has its pid now shows that it is gone.
TEST_F(TimelineTest, APidUsedAgainEndsWhoHadIt) {
  const Timeline timeline =
      timeline_of(started() + forked(2, 200, "one", 50) +
                  recorded("fork", 3,
                           R"("pid":200,"start_ns":2900000000,"creator_pid":50,"creator_id":"b00t-50-50",)"
                           R"("comm":"two","uid":0,"user":"root")"));
  const auto one = slices_of(timeline, "one 200");
  ASSERT_EQ(one.size(), 1U);
  EXPECT_EQ(one[0].end, 3 * kSecond);
  EXPECT_EQ(one[0].facts.at("end"), "not seen");
  const auto two = slices_of(timeline, "two 200");
  ASSERT_EQ(two.size(), 1U);
  EXPECT_NE(one[0].track, two[0].track);
}

TEST_F(TimelineTest, AnotherTracersStartEndsWhatWasOpen) {
  const Timeline timeline = timeline_of(started() + forked(2, 200, "sh", 50) + stopped(3) + started(10) +
                                        executed(11, 200, "cat", 50));
  const auto before = slices_of(timeline, "sh 200");
  ASSERT_EQ(before.size(), 1U);
  EXPECT_EQ(before[0].end, 2 * kSecond);
  EXPECT_EQ(before[0].facts.at("end"), "not seen");
  const auto after = slices_of(timeline, "cat 200");
  ASSERT_EQ(after.size(), 1U);
  EXPECT_EQ(after[0].begin, 11 * kSecond);
  EXPECT_NE(after[0].track, before[0].track);
}

// The next boot's clock begins at 0 again; its records are placed by the time of day.
TEST_F(TimelineTest, ALaterBootComesLater) {
  std::string later = started(10, "beef") + forked(11, 200, "sh", 50);
  for (const auto& [was, is] : {std::pair{"10000000000", "3000000000"}, {"11000000000", "4000000000"}}) {
    const std::string key = "\"ktime_ns\":";
    const auto at = later.find(key + was);
    ASSERT_NE(at, std::string::npos);
    later.replace(at, key.size() + 11, key + is);
  }
  const Timeline timeline = timeline_of(started() + forked(2, 200, "sh", 50) + later);
  ASSERT_EQ(timeline.slices.size(), 4U);
  EXPECT_EQ(timeline.slices[1].end, 2 * kSecond);
  EXPECT_EQ(timeline.slices[2].begin, 10 * kSecond);  // the creator, since the second start
  EXPECT_EQ(timeline.slices[3].begin, 11 * kSecond);
}

TEST_F(TimelineTest, ARecordingsBeginningMayBeMissing) {
  const Timeline timeline = timeline_of(executed(3, 200, "sh", 50) + exited(4, 200, "sh", 50));
  ASSERT_EQ(timeline.slices.size(), 1U);
  EXPECT_EQ(timeline.boot_ns, 3 * kSecond);
  EXPECT_EQ(timeline.instants.back().ns, 4 * kSecond);
}

// Perfetto takes a track within 99 others at most.
TEST_F(TimelineTest, ALongLineOfCreatorsIsNestedSoFar) {
  std::string recording = started();
  std::uint64_t seq = 2;
  for (std::uint32_t pid = 200; pid < 500; ++pid, ++seq) {
    recording +=
        recorded("fork", seq,
                 "\"pid\":" + std::to_string(pid) + ",\"start_ns\":" + std::to_string(seq * kSecond) +
                     ",\"creator_pid\":" + std::to_string(pid - 1) + ",\"creator_id\":\"b00t-" +
                     std::to_string(pid - 1) + "-" + std::to_string((seq - 1) * 100) +
                     R"(","comm":"sh","uid":0,"user":"root")");
  }
  const Timeline timeline = timeline_of(recording);
  EXPECT_EQ(timeline.slices.size(), 301U);
  EXPECT_EQ(timeline.flows.size(), 300U);
  std::size_t deepest = 0;
  for (const auto& [uuid, track] : timeline.tracks) deepest = std::max(deepest, timeline.depth(uuid));
  EXPECT_EQ(deepest, 64U);
  // An arrow leads from each to the next all the same.
  for (const auto& [id, flow] : timeline.flows) {
    const auto pid = std::stoul(timeline.slices[flow.slice].facts.at("pid"));
    EXPECT_EQ(timeline.tracks.at(timeline.instants[flow.instant].track).name,
              "sh " + std::to_string(pid - 1));
  }
}

// The tracer's own records, by hand.
class TimelineSinkTest : public testing::Test {
 protected:
  TimelineSinkTest() : host_{.name = "h", .boot_id = "b", .id_prefix = "b", .kernel = "k", .arch = "a"} {
    auto file = PacketFile::open(tree_.path("timeline"), {});
    EXPECT_TRUE(file);
    sink_.emplace(std::move(*file));
    EXPECT_TRUE(sink_->on_start({head(), "1", 1, "bpf", 0, 0, 0}));
  }
  RecordHead head() { return {now_ += kSecond, 0, &table_, &users_, &host_}; }
  Slot fork(Slot creator, std::uint32_t pid) {
    const Slot slot = table_.insert({pid, now_ + kSecond}, creator, Edge::observed);
    table_.set_image(slot, {"sh", "/bin/sh", 1});
    report(RecordKind::fork, slot);
    return slot;
  }
  void exit(Slot slot) {
    table_.mark_exited(slot, now_);
    report(RecordKind::exit, slot);
  }
  Timeline read() {
    EXPECT_TRUE(sink_->on_stop({head(), {}, {}}));
    EXPECT_TRUE(sink_->close());
    Timeline timeline(tree_.read("timeline"));
    EXPECT_EQ(timeline.problem_text(), "");
    return timeline;
  }

  TempTree tree_;
  ProcessTable table_{Retention{.exited_max = 16}};
  UserNames users_{"/nonexistent"};
  Host host_;
  std::optional<TimelineSink> sink_;
  std::uint64_t now_ = 0;

 private:
  void report(RecordKind kind, Slot slot) {
    TaskFacts task;
    task.self = table_.key(slot);
    task.comm = table_.comm(slot);
    ProcessRecord record;
    record.kind = kind;
    record.head = head();
    record.slot = slot;
    record.task = &task;
    const ExitEvent exit{{}, record.head.ktime_ns, task};
    if (kind == RecordKind::exit) record.exit = &exit;
    EXPECT_TRUE(sink_->on_process(record));
  }
};

TEST_F(TimelineSinkTest, WhoseEndWasLostEndsAtTheResync) {
  const Slot shell = fork(kNoSlot, 10);
  const Slot gone = fork(shell, 11);
  const RecordHead lost = head();
  ASSERT_TRUE(sink_->on_lost({lost, {7, now_ - 5, now_}}));
  table_.mark_exited(gone, now_);
  ASSERT_TRUE(sink_->on_resync({head(), {0, 1, 0, 99}}));
  const RecordHead resync = head();
  TaskFacts ended;
  ended.self = table_.key(gone);
  ProcessRecord found;
  found.kind = RecordKind::exit;
  found.head = resync;
  found.slot = gone;
  found.task = &ended;
  ASSERT_TRUE(sink_->on_resynced(found, Resynced::ended));
  exit(shell);
  const Timeline timeline = read();
  const auto slices = slices_of(timeline, "sh 11");
  ASSERT_EQ(slices.size(), 1U);
  EXPECT_EQ(slices[0].end, resync.ktime_ns);
  EXPECT_EQ(slices[0].facts.at("end"), "not seen");
  const auto instant = std::ranges::find(timeline.instants, "7 events lost", &Instant::name);
  ASSERT_NE(instant, timeline.instants.end());
  EXPECT_EQ(instant->ns, lost.ktime_ns);
  EXPECT_EQ(timeline.tracks.at(instant->track).name, "proctree");
  EXPECT_EQ(slices_of(timeline, "sh 10")[0].facts.at("end"), "exited 0");
}

// One that the table has dropped may be reported again: what was drawn of it is not drawn over.
// Any user may call a cgroup of his so.
TEST_F(TimelineSinkTest, TheCgroupOfALossIsText) {
  LostEvent lost;
  lost.count = 1;
  lost.cgroup = "/a\x1b[2J\xff";
  ASSERT_TRUE(sink_->on_lost({head(), lost}));
  const Timeline timeline = read();  // demands text in all of it
  const auto instant = std::ranges::find(timeline.instants, "1 event lost", &Instant::name);
  ASSERT_NE(instant, timeline.instants.end());
  EXPECT_EQ(instant->facts.at("cgroup"), "/a\\x1b[2J\\xff");
}

TEST_F(TimelineSinkTest, WhoIsForgottenBeginsAgainLater) {
  const Slot creator = table_.insert_placeholder({5, 1});
  const Slot child = fork(creator, 10);
  exit(child);
  table_.expire(now_ + 10'000 * kSecond);
  ASSERT_EQ(table_.find(5), kNoSlot);
  const RecordHead resync = head();
  ASSERT_TRUE(sink_->on_resync({resync, {}}));
  fork(table_.insert_placeholder({5, 1}), 11);
  const Timeline timeline = read();
  const auto slices = slices_of(timeline, "sh 5");
  ASSERT_EQ(slices.size(), 2U);
  EXPECT_EQ(slices[0].track, slices[1].track);
  EXPECT_EQ(slices[0].end, resync.ktime_ns);
  EXPECT_EQ(slices[1].begin, resync.ktime_ns);
}

// Unreported ends are found when there are many.
TEST_F(TimelineSinkTest, TakesMemoryForTheLivingOnly) {
  const Slot shell = fork(kNoSlot, 10);
  std::uint32_t pid = 100;
  const auto live_and_end = [&](int times) {
    for (int i = 0; i < times; ++i) {
      const Slot child = fork(shell, pid++);
      if (i % 2 == 0) {
        exit(child);
      } else {
        table_.mark_exited(child, now_);
      }
      table_.expire(now_);
    }
    return mallinfo2().uordblks;
  };
  const std::size_t before = live_and_end(10'000);
  const std::size_t after = live_and_end(30'000);
  EXPECT_LT(after, before + (std::size_t{1} << 20));
  EXPECT_EQ(read().flows.size(), 40'000U);
}

}  // namespace
}  // namespace proctree
