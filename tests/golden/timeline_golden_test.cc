// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// Scenes as timelines: read back, against files that are read as documentation too.
#include <algorithm>
#include <cstdio>
#include <map>
#include <tuple>
#include <utility>

#include "played.hpp"
#include "replay/replay_output.hpp"
#include "sink/timeline_sink.hpp"
#include "timeline.hpp"

namespace proctree {
namespace {

using timeline::Timeline;

// What a timeline sink that `write` is given wrote.
template <class Write>
std::string timeline_of(Write write) {
  char path[] = "/tmp/proctree-timeline-XXXXXX";
  const int fd = ::mkstemp(path);
  EXPECT_GE(fd, 0);
  ::close(fd);
  auto file = PacketFile::open(path, {});
  EXPECT_TRUE(file);
  TimelineSink sink(std::move(*file));
  write(sink);
  EXPECT_TRUE(sink.close());
  std::string bytes = read_file(path);
  ::unlink(path);
  return bytes;
}

std::string played_timeline(Play part) {
  return timeline_of([part](Sink& sink) {
    Scene scene(sink);
    (scene.*part)();
    EXPECT_EQ(scene.failure(), "");
  });
}

std::string replayed_timeline(const std::string& recording) {
  return timeline_of([&](Sink& sink) {
    auto lines = RecordingReader::open({{PROCTREE_GOLDEN_DIR "/" + recording + ".jsonl"}});
    EXPECT_TRUE(lines);
    Replay replay(*lines, {});
    written([&](Output& output) { EXPECT_TRUE(copy(replay, output, {}, &sink)); });
  });
}

// For people: tracks in their order, each with what happens on it, below its parent.
class Drawing {
 public:
  // `facts`: all of them, or only what identifies a slice.
  Drawing(const Timeline& timeline, bool facts) : timeline_(timeline), facts_(facts) {
    for (const std::uint64_t uuid : timeline.track_order) {
      if (timeline.tracks.at(uuid).parent == 0) draw(uuid, "");
    }
  }
  std::string text;

 private:
  [[nodiscard]] std::string seconds(std::uint64_t ns) const {
    char shown[32];
    std::snprintf(shown, sizeof shown, "%.9f", static_cast<double>(ns - timeline_.boot_ns) / 1e9);
    return shown;
  }
  void put_facts(const timeline::Facts& facts, const std::string& indent) {
    for (const auto& [name, value] : facts) {
      if (!facts_ && name != "command" && name != "end") continue;
      text.append(indent).append("    ").append(name).append(": ").append(value) += '\n';
    }
  }
  // NOLINTNEXTLINE(misc-no-recursion): no deeper than a scene
  void draw(std::uint64_t uuid, const std::string& indent) {
    text += indent + timeline_.tracks.at(uuid).name + '\n';
    for (const timeline::Slice& slice : timeline_.slices) {
      if (slice.track != uuid) continue;
      text += indent + "  [" + seconds(slice.begin) + ", " + (slice.ended ? seconds(slice.end) : "…") + ") " +
              slice.name + '\n';
      put_facts(slice.facts, indent);
    }
    for (const timeline::Instant& instant : timeline_.instants) {
      if (instant.track != uuid) continue;
      text += indent + "  " + seconds(instant.ns) + ' ' + instant.name;
      for (const std::uint64_t id : instant.flows)
        text += " → " + timeline_.slices[timeline_.flows.at(id).slice].name;
      text += '\n';
      if (instant.flows.empty()) put_facts(instant.facts, indent);
    }
    for (const std::uint64_t child : timeline_.track_order) {
      if (timeline_.tracks.at(child).parent == uuid) draw(child, indent + "  ");
    }
  }

  const Timeline& timeline_;
  bool facts_;
};

void expect_golden(const std::string& name, const std::string& bytes, bool facts) {
  const Timeline timeline(bytes);
  EXPECT_EQ(timeline.problem_text(), "");
  const std::string path = PROCTREE_GOLDEN_DIR "/" + name;
  const std::string text = Drawing(timeline, facts).text;
  if (std::getenv("PROCTREE_UPDATE_GOLDEN") != nullptr)  // NOLINT(concurrency-mt-unsafe): one thread
    std::ofstream(path, std::ios::binary) << text;
  EXPECT_EQ(text, read_file(path));
}

TEST(TimelineGolden, Day) { expect_golden("day.timeline", played_timeline(&Scene::play_day), false); }
TEST(TimelineGolden, Attack) { expect_golden("attack.timeline", played_timeline(&Scene::play_attack), true); }

// A recording may only lack what is mentioned in passing of creators that ran before.
TEST(TimelineGolden, AReplaysIsTheSameButForWhatRanBefore) {
  const Timeline live(played_timeline(&Scene::play_attack));
  const Timeline replayed(replayed_timeline("attack"));
  EXPECT_EQ(replayed.problem_text(), "");
  EXPECT_EQ(replayed.track_order, live.track_order);
  ASSERT_EQ(replayed.slices.size(), live.slices.size());
  for (std::size_t i = 0; i < live.slices.size(); ++i) {
    const timeline::Slice& a = live.slices[i];
    const timeline::Slice& b = replayed.slices[i];
    EXPECT_EQ(std::tie(a.track, a.begin, a.end, a.ended, a.name, a.flows),
              std::tie(b.track, b.begin, b.end, b.ended, b.name, b.flows));
    const bool in_passing = !a.facts.contains("start_ns");
    EXPECT_EQ(in_passing, i == 0);
    EXPECT_TRUE(in_passing || a.facts == b.facts) << a.name;
  }
}

// Protobuf's own reader finds every field where the schema has it, and none that it doesn't know.
TEST(TimelineGolden, ProtocReadsIt) {
  char path[] = "/tmp/proctree-timeline-XXXXXX";
  const int fd = ::mkstemp(path);
  ASSERT_GE(fd, 0);
  ::close(fd);
  const std::string bytes = played_timeline(&Scene::play_attack);
  std::ofstream(path, std::ios::binary) << bytes;
  const std::string command =
      std::string("protoc --proto_path=" PROCTREE_GOLDEN_DIR " --decode=Trace perfetto.proto <") + path;
  std::string text;
  FILE* const decoded = ::popen(command.c_str(), "r");
  ASSERT_NE(decoded, nullptr);
  char buffer[4096];
  while (const std::size_t n = std::fread(buffer, 1, sizeof buffer, decoded)) text.append(buffer, n);
  EXPECT_EQ(::pclose(decoded), 0) << "scripts/install-deps test installs protoc";
  ::unlink(path);
  std::map<std::string, std::size_t> fields;
  for (const std::string& line : lines_of(text)) {
    const std::size_t begin = line.find_first_not_of(' ');
    const std::size_t end = line.find_first_of(" :", begin);
    if (end != std::string::npos) ++fields[line.substr(begin, end - begin)];
  }
  const Timeline timeline(bytes);
  EXPECT_EQ(fields["clock_snapshot"], 1U);
  EXPECT_EQ(fields["flow_ids"], timeline.flows.size());
  EXPECT_EQ(fields["terminating_flow_ids"], timeline.flows.size());
  EXPECT_EQ(fields["track_event"], timeline.instants.size() + timeline.slices.size() +
                                       static_cast<std::size_t>(std::ranges::count_if(
                                           timeline.slices, [](const auto& slice) { return slice.ended; })));
  for (const auto& [name, count] : fields)
    EXPECT_FALSE(name[0] >= '0' && name[0] <= '9') << "unknown field " << name;
}

}  // namespace
}  // namespace proctree
