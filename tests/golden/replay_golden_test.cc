// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// A recorded scene, replayed, is the scene: each format says what it said of the events themselves.
#include "played.hpp"
#include "replay/replay_output.hpp"

namespace proctree {
namespace {

// A live trace writes what ran before into JSON lines only: these are no events.
class EventsOnly final : public Sink {
 public:
  explicit EventsOnly(std::unique_ptr<Sink> sink) : sink_(std::move(sink)) {}
  Result<void> on_start(const StartRecord& record) override { return sink_->on_start(record); }
  Result<void> on_process(const ProcessRecord& record) override {
    return record.kind == RecordKind::process ? Result<void>{} : sink_->on_process(record);
  }
  Result<void> on_lost(const LostRecord& record) override { return sink_->on_lost(record); }
  Result<void> on_hash(const HashRecord& record) override { return sink_->on_hash(record); }
  Result<void> on_resync(const ResyncRecord& record) override { return sink_->on_resync(record); }
  Result<void> on_stop(const StopRecord& record) override { return sink_->on_stop(record); }
  Result<void> flush() override { return sink_->flush(); }

 private:
  std::unique_ptr<Sink> sink_;
};

std::string replayed(const std::string& recording, const MakeSink& make_sink,
                     const ReplayOptions& options = {}) {
  return written([&](Output& output) {
    auto lines = RecordingReader::open({{PROCTREE_GOLDEN_DIR "/" + recording + ".jsonl"}});
    EXPECT_TRUE(lines);
    Replay replay(*lines, options);
    const auto sink = make_sink ? make_sink(output) : nullptr;
    const auto done = sink ? play(replay, *sink) : copy(replay, output, {});
    EXPECT_TRUE(done) << done.error().to_string();
    EXPECT_TRUE(replay.warnings().empty()) << replay.warnings()[0];
  });
}

void expect_same(const PlayedPart& recorded, const MakeSink& make_sink) {
  const std::string live =
      play(recorded.play, [&](Output& output) { return std::make_unique<EventsOnly>(make_sink(output)); });
  EXPECT_GT(lines_of(live).size(), 5U);
  EXPECT_EQ(replayed(recorded.name, make_sink), live);
}

class ReplayedTest : public testing::TestWithParam<PlayedPart> {};

TEST_P(ReplayedTest, JsonLines) {
  EXPECT_EQ(replayed(GetParam().name, {}),
            read_file(PROCTREE_GOLDEN_DIR "/" + std::string(GetParam().name) + ".jsonl"));
}
TEST_P(ReplayedTest, Chains) {
  expect_same(GetParam(),
              [](Output& output) { return std::make_unique<ChainSink>(output, ChainSinkOptions{}); });
}
TEST_P(ReplayedTest, Text) {
  ::setenv("TZ", "TST-1", 1);  // NOLINT(concurrency-mt-unsafe): one thread
  ::tzset();
  expect_same(GetParam(), [](Output& output) { return std::make_unique<TextSink>(output, TextOptions{}); });
  expect_same(GetParam(),
              [](Output& output) { return std::make_unique<TextSink>(output, kExecsAtWidth100); });
}
INSTANTIATE_TEST_SUITE_P(Scene, ReplayedTest, testing::ValuesIn(kParts), name_of_part);

// A recording of all events has the creators of each process that ends.
TEST(Replayed, EndsOfADay) {
  const EventSet exits{.exec = false, .fork = false, .exit = true};
  expect_same({"day", &Scene::play_day}, [&](Output& output) {
    return std::make_unique<TextSink>(output, TextOptions{.events = exits});
  });
}

}  // namespace
}  // namespace proctree
