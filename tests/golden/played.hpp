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

using Play = void (Scene::*)();
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
