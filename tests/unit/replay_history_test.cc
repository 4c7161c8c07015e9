// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// Random histories, traced and recorded at once: a replay says what the trace said.
#include <memory>
#include <string>

#include "engine/engine.hpp"
#include "engine/host.hpp"
#include "replay_fixture.hpp"
#include "simulated_host.hpp"
#include "sink/jsonl_sink.hpp"
#include "sink/tee_sink.hpp"
#include "sink/text_sink.hpp"
#include "sink/timeline_sink.hpp"
#include "timeline.hpp"

namespace proctree {
namespace {

class ReplayHistoryTest : public ReplayTest, public ::testing::WithParamInterface<std::uint32_t> {
 protected:
  static constexpr TextOptions kText{.events = {}};
  static constexpr ChainSinkOptions kChain{.events = EventSet::only_exec()};

  // Returns the living processes at the end, as a tree.
  std::string trace(SimulatedHost& host, const Filter& filter = {}) {
    for (const char* name : {"jsonl", "text", "chain"}) tree_.write(name, "");
    auto jsonl = Output::open(tree_.path("jsonl"));
    auto text = Output::open(tree_.path("text"));
    auto chain = Output::open(tree_.path("chain"));
    ChainSink chains(*chain, kChain);
    TeeSink lines(std::make_unique<TextSink>(*text, kText), chains);
    Events events(lines);
    TeeSink formats(std::make_unique<JsonlSink>(*jsonl, JsonlOptions{}), events);
    auto timeline = std::make_unique<TimelineSink>(*PacketFile::open(tree_.path("timeline"), {}));
    TimelineSink& drawn = *timeline;
    TeeSink sink(std::move(timeline), formats);

    EngineOptions options;
    options.proc_root = "/nonexistent";
    options.write_snapshot = true;
    options.filter = filter;
    Engine engine(host.source, sink, *this_host(), options);
    const auto show_tasks = [&] {
      host.show_tasks();
      host.source.during_snapshot = [&host] { host.steps(5); };
    };
    host.steps(60);
    host.source.attached_ns = host.now();
    host.steps(10);
    show_tasks();
    EXPECT_TRUE(engine.start());
    EXPECT_TRUE(engine.report_start());
    for (int i = 0; i < 100; ++i) {
      host.steps(4);
      show_tasks();
      EXPECT_TRUE(engine.pump(kReadAll));
    }
    EXPECT_TRUE(engine.stop());
    EXPECT_TRUE(jsonl->close() && text->close() && chain->close() && drawn.close());
    return living(engine.table());
  }
  // With their ancestors.
  static std::string living(const ProcessTable& table) {
    const TableForest forest(table, [&table](Slot slot) { return !table[slot].exited; });
    std::string text;
    for (const Slot root : forest.roots()) append_tree(text, forest, root);
    return text;
  }

 private:
  // What runs already is recorded, and no line of the other formats.
  class Events final : public Sink {
   public:
    explicit Events(Sink& to) : to_(to) {}
    Result<void> on_start(const StartRecord& record) override { return to_.on_start(record); }
    Result<void> on_process(const ProcessRecord& record) override {
      return record.kind == RecordKind::process ? Result<void>{} : to_.on_process(record);
    }
    Result<void> on_lost(const LostRecord& record) override { return to_.on_lost(record); }
    Result<void> on_resync(const ResyncRecord& record) override { return to_.on_resync(record); }
    Result<void> on_stop(const StopRecord& record) override { return to_.on_stop(record); }
    Result<void> flush() override { return to_.flush(); }

   private:
    Sink& to_;
  };
};

TEST_P(ReplayHistoryTest, ReplaysWhatTheTraceSaid) {
  SimulatedHost host(GetParam());
  const std::string at_the_end = trace(host);
  const std::string recording = tree_.read("jsonl");
  EXPECT_EQ(timeline::Timeline(tree_.read("timeline")).problem_text(), "");
  const Replayed copied = replay(recording, {}, [&](Replay& replay, Output& output) {
    TimelineSink sink(*PacketFile::open(tree_.path("again"), {}));
    auto done = copy(replay, output, {}, &sink);
    EXPECT_TRUE(sink.close());
    return done;
  });
  EXPECT_EQ(copied.output, recording);
  EXPECT_EQ(tree_.read("again"), tree_.read("timeline"));
  EXPECT_EQ(chains(recording).output, tree_.read("chain"));
  const Replayed text = replay(recording, {}, [](Replay& replay, Output& output) {
    TextSink sink(output, kText);
    return play(replay, sink);
  });
  EXPECT_EQ(text.error, "");
  EXPECT_EQ(text.output, tree_.read("text"));
  replay(recording, {}, [&](Replay& replay, Output&) {
    auto done = drain(replay);
    const ProcessTable& table = replay.tree().table();
    EXPECT_EQ(living(table), at_the_end);
    replay.tree().forget_history();
    for (Slot slot = 0; slot < table.slot_end(); ++slot) {
      EXPECT_TRUE(!table[slot].used || table[slot].retained()) << table[slot].pid << " is nobody's ancestor";
    }
    return done;
  });
}

// Whether a filter was set while tracing or is set for the replay.
TEST_P(ReplayHistoryTest, FiltersAlike) {
  const std::uint64_t began_ns = two_minutes_ago();
  Filter filter;
  (GetParam() % 2 == 0 ? filter.comms : filter.under.names) = {"p1", "p2"};
  SimulatedHost all(GetParam(), began_ns);
  trace(all);
  const std::string recording = tree_.read("jsonl");
  SimulatedHost some(GetParam(), began_ns);
  trace(some, filter);
  EXPECT_EQ(chains(recording, {.filter = filter, .events = EventSet::only_exec()}).output,
            tree_.read("chain"));
}

INSTANTIATE_TEST_SUITE_P(Histories, ReplayHistoryTest, ::testing::Range(1U, 51U));

}  // namespace
}  // namespace proctree
