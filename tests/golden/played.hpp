// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// What a sink writes of a scene.
#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <ctime>
#include <fstream>
#include <functional>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

#include "scene.hpp"
#include "sink/chain_sink.hpp"
#include "sink/jsonl_sink.hpp"
#include "sink/text_sink.hpp"

namespace proctree {

inline std::string read_file(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  EXPECT_TRUE(in.good()) << path << "; PROCTREE_UPDATE_GOLDEN=1 makes it";
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

// PROCTREE_UPDATE_GOLDEN=1 writes the file before.
inline void expect_golden(const std::string& name, const std::string& text) {
  const std::string path = std::string(PROCTREE_GOLDEN_DIR "/") + name;
  const char* update = std::getenv("PROCTREE_UPDATE_GOLDEN");  // NOLINT(concurrency-mt-unsafe): one thread
  if (update != nullptr && *update == '1') {
    std::ofstream out(path, std::ios::binary);
    out << text;
    ASSERT_TRUE(out.good()) << path;
  }
  EXPECT_EQ(text, read_file(path)) << "differs from " << name << "; PROCTREE_UPDATE_GOLDEN=1 accepts it";
}

using Play = void (Scene::*)();

// A part of the scene, for tests of each.
struct PlayedPart {
  const char* name;
  Play play;
};
// GoogleTest looks for this very name.
inline void PrintTo(const PlayedPart& part, std::ostream* out) {  // NOLINT(readability-identifier-naming)
  *out << part.name;
}
inline constexpr PlayedPart kParts[] = {
    {"day", &Scene::play_day}, {"attack", &Scene::play_attack}, {"depths", &Scene::play_depths}};
inline std::string name_of_part(const testing::TestParamInfo<PlayedPart>& part) { return part.param.name; }

using MakeSink = std::function<std::unique_ptr<Sink>(Output&)>;

// What `write(Output&)` wrote.
template <class Write>
std::string written(Write write) {
  char path[] = "/tmp/proctree-golden-XXXXXX";
  const int fd = ::mkstemp(path);
  EXPECT_GE(fd, 0);
  ::close(fd);
  auto output = Output::open(path);
  EXPECT_TRUE(output);
  write(*output);
  std::string text = read_file(path);
  ::unlink(path);
  return text;
}

inline std::string play(Play part, const MakeSink& make_sink) {
  return written([&](Output& output) {
    const auto sink = make_sink(output);
    Scene scene(*sink);
    (scene.*part)();
    EXPECT_EQ(scene.failure(), "");
  });
}

inline std::string play_jsonl(Play part, JsonlOptions options = {}) {
  return play(part, [options](Output& output) { return std::make_unique<JsonlSink>(output, options); });
}

inline std::string play_chain(Play part) {
  return play(part, [](Output& output) { return std::make_unique<ChainSink>(output, ChainSinkOptions{}); });
}

inline std::string play_text(Play part, TextOptions options) {
  ::setenv("TZ", "TST-1", 1);  // NOLINT(concurrency-mt-unsafe): one thread
  ::tzset();
  return play(part, [options](Output& output) { return std::make_unique<TextSink>(output, options); });
}

inline std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

inline constexpr TextOptions kExecsAtWidth100{.header = true, .width = 100};
inline constexpr TextOptions kAllEvents{.events = {}, .header = true, .dates = true};

}  // namespace proctree
