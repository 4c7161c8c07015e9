// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// A million events, which no file has to hold: reproduced byte for byte, in memory that doesn't grow.
#include <gtest/gtest.h>

#include <algorithm>
#include <csignal>
#include <cstdint>
#include <functional>
#include <string>
#include <thread>
#include <utility>

#include "recording.hpp"
#include "replay/replay_output.hpp"
#include "sink/jsonl_sink.hpp"
#include "temp_tree.hpp"

namespace proctree {
namespace {

constexpr std::uint64_t kEvents = 1'000'000;

using Use = std::function<void(Output&)>;

class MillionTest : public testing::Test {
 protected:
  MillionTest() { tree_.fifo("recording"); }

  static void write_recording(Output& output) {
    JsonlSink sink(output, {});
    EXPECT_TRUE(bench::Recording(sink).play(kEvents));
  }
  // Size and hash (FNV-1a, word by word) of what is written.
  std::pair<std::uint64_t, std::uint64_t> digest(const Use& writes) {
    const std::string name = "digested" + std::to_string(digests_++);
    tree_.fifo(name);
    std::thread writer([&] { write(name, writes); });
    std::pair<std::uint64_t, std::uint64_t> digest{0, 14695981039346656037U};
    auto lines = LineReader::open(tree_.path(name));
    EXPECT_TRUE(lines);
    while (true) {
      const auto line = lines->next();
      EXPECT_TRUE(line);
      if (!line || !*line) break;
      digest.first += (*line)->size() + 1;
      digest.second = (digest.second ^ std::hash<std::string_view>{}(**line)) * 1099511628211U;
    }
    writer.join();
    return digest;
  }
  // Calls use(replay) while the recording is being written.
  void replay(const ReplayOptions& options, const std::function<Result<void>(Replay&)>& use) {
    std::thread writer([this] { write("recording", write_recording); });
    auto lines = RecordingReader::open({{tree_.path("recording")}});
    EXPECT_TRUE(lines);
    Replay replay(*lines, options);
    const auto done = use(replay);
    EXPECT_TRUE(done) << done.error().to_string();
    EXPECT_GT(replay.records(), kEvents - 2000);
    EXPECT_TRUE(replay.warnings().empty());
    writer.join();
  }

 private:
  void write(const std::string& name, const Use& writes) {
    auto output = Output::open(tree_.path(name));
    ASSERT_TRUE(output);
    writes(*output);
    EXPECT_TRUE(output->close());
  }

  TempTree tree_;
  int digests_ = 0;
};

TEST_F(MillionTest, IsReproduced) {
  const auto recorded = digest(write_recording);
  const auto again = digest([this](Output& output) {
    replay({.keep_tree = false}, [&](Replay& r) { return copy(r, output, {}); });
  });
  EXPECT_GT(recorded.first, std::uint64_t{1} << 30);
  EXPECT_EQ(again, recorded);
}

TEST_F(MillionTest, TakesTheMemoryOfItsTree) {
  std::size_t most = 0;
  replay({}, [&](Replay& replay) -> Result<void> {
    while (true) {
      const auto more = replay.next();
      if (!more) return tl::make_unexpected(more.error());
      if (!*more) return {};
      most = std::max(most, replay.tree().table().size());
    }
  });
  // Those that live, those that have ended and are retained for a while, and those of one round of eviction.
  const Retention retention;
  EXPECT_LT(most, retention.exited_max + 2000);
  EXPECT_GT(most, retention.exited_max);
}

}  // namespace
}  // namespace proctree
