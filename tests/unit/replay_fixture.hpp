// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// Recordings made line by line, and what their replay gives.
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/timestamp.hpp"
#include "replay/replay_output.hpp"
#include "sink/chain_sink.hpp"
#include "temp_tree.hpp"
#include "tree/display.hpp"
#include "tree/table_forest.hpp"

namespace proctree {

// A line of this type with these fields beside those of every line; times go by the number.
inline std::string recorded(std::string_view type, std::uint64_t seq, std::string_view fields) {
  constexpr std::int64_t kBegan = 1'772'357'410'500'000'000;  // 2026-03-01T09:30:10.5Z
  const std::uint64_t ktime_ns = seq * 1'000'000'000;
  UtcTime time;
  return "{\"v\":1,\"type\":\"" + std::string(type) + "\",\"seq\":" + std::to_string(seq) + ",\"time\":\"" +
         std::string(time.format(kBegan + static_cast<std::int64_t>(ktime_ns))) +
         "\",\"ktime_ns\":" + std::to_string(ktime_ns) + (fields.empty() ? "" : ",") + std::string(fields) +
         "}\n";
}
inline std::string started(std::uint64_t seq = 1, std::string_view boot = "b00t",
                           std::string_view more = "") {
  return recorded("start", seq,
                  R"("host":{"name":"h","boot_id":")" + std::string(boot) +
                      R"("},"tracer":{"version":"0.1.0","source":"bpf"},"processes":1)" + std::string(more));
}
// pid, name, creator (0: none): each began at pid ticks.
inline std::string process_fields(std::uint32_t pid, std::string_view comm, std::uint32_t creator,
                                  std::string_view user = "root", std::uint32_t uid = 0) {
  const auto id = [](std::uint32_t of) {
    return "\"b00t-" + std::to_string(of) + "-" + std::to_string(of) + "\"";
  };
  return "\"pid\":" + std::to_string(pid) +
         ",\"start_ns\":" + std::to_string(std::uint64_t{pid} * 10'000'000 + 5) + ",\"id\":" + id(pid) +
         ",\"ppid\":" + std::to_string(creator) + ",\"creator_pid\":" + std::to_string(creator) +
         (creator == 0 ? "" : ",\"creator_id\":" + id(creator)) + ",\"comm\":\"" + std::string(comm) +
         "\",\"exe\":\"/bin/" + std::string(comm) + "\",\"uid\":" + std::to_string(uid) + ",\"user\":\"" +
         std::string(user) + "\"";
}
inline std::string ancestor(std::uint32_t pid, std::string_view comm, std::string_view user = "root",
                            std::string_view more = "") {
  return "{\"pid\":" + std::to_string(pid) + ",\"start_ns\":" + std::to_string(pid * 10'000'000 + 5) +
         ",\"comm\":\"" + std::string(comm) + "\",\"user\":\"" + std::string(user) +
         "\",\"edge\":\"observed\"" + std::string(more) + "}";
}
inline std::string lineage_fields(std::string_view chain, std::string_view ancestors) {
  return ",\"args\":[\"x\"],\"args_size\":2,\"chain\":\"" + std::string(chain) + "\",\"ancestors\":[" +
         std::string(ancestors) + "],\"lineage_complete\":true";
}

class ReplayTest : public testing::Test {
 protected:
  struct Replayed {
    std::string error;  // empty: none
    std::vector<std::string> warnings;
    std::string output;
  };
  using Use = std::function<Result<void>(Replay&, Output&)>;

  Replayed replay(std::string_view recording, const ReplayOptions& options, const Use& use) {
    tree_.write("in", recording);
    Replayed replayed = replay_files({{tree_.path("in")}}, options, use);
    if (const auto at = replayed.error.find("/in line "); at != std::string::npos)
      replayed.error.erase(0, at + 4);
    return replayed;
  }
  Replayed replay_files(const std::vector<RecordingFile>& files, const ReplayOptions& options,
                        const Use& use) {
    tree_.write("out", "");
    auto reader = RecordingReader::open(files);
    auto output = Output::open(tree_.path("out"));
    EXPECT_TRUE(reader && output);
    Replay replay(*reader, options);
    Replayed replayed;
    const auto done = use(replay, *output);
    if (!done) replayed.error = done.error().to_string();
    EXPECT_TRUE(output->close());
    replayed.warnings = replay.warnings();
    std::ifstream in(tree_.path("out"), std::ios::binary);
    replayed.output.assign(std::istreambuf_iterator<char>(in), {});
    return replayed;
  }
  Replayed copied(std::string_view recording, const ReplayOptions& options = {},
                  std::optional<std::size_t> ancestors_max = {}, std::optional<std::size_t> line_max = {}) {
    return replay(recording, options, [&](Replay& replay, Output& output) {
      return copy(replay, output, {ancestors_max, line_max});
    });
  }
  Replayed chains(std::string_view recording, ReplayOptions options = {.events = EventSet::only_exec()}) {
    return replay(recording, options, [&](Replay& replay, Output& output) {
      ChainSink sink(output, {.events = options.events});
      return play(replay, sink);
    });
  }
  std::string tree(std::string_view recording, const ReplayOptions& options = {}) {
    return replay(recording, options,
                  [](Replay& replay, Output& output) {
                    DrawnMoment moment = draw_at_moment(replay, [](Replay& at) {
                      const ProcessTable& table = at.tree().table();
                      const TableForest forest(table, [&](Slot slot) { return table[slot].retained(); });
                      std::string text;
                      for (const Slot root : forest.roots()) append_tree(text, forest, root);
                      return text;
                    });
                    if (!moment.done || !moment.drawn || moment.drawn->empty()) return std::move(moment.done);
                    moment.drawn->pop_back();
                    return output.append(*moment.drawn);
                  })
        .output;
  }

  TempTree tree_;
};

}  // namespace proctree
