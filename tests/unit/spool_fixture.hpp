// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// A spool in a folder of its own, and lines as a sink writes them.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "spool/segment.hpp"
#include "spool/spool_writer.hpp"
#include "temp_tree.hpp"

namespace proctree {

inline constexpr const char* kStream = "2899dae44fa44eef-4711-55558";

class SpoolFixture : public testing::Test {
 protected:
  std::unique_ptr<SpoolWriter> open_writer(SpoolOptions options, std::uint64_t max, const char* stream) {
    auto folder = SpoolFolder::open(path_, {.max_bytes = max});
    if (!folder) {
      ADD_FAILURE() << folder.error().to_string();
      return nullptr;
    }
    auto writer = std::make_unique<SpoolWriter>(std::move(*folder), std::move(options));
    writer->begin({stream, R"({"name":"h"})", R"({"version":"1"})"});
    stream_ = stream;
    return writer;
  }

  [[nodiscard]] std::string line_text(std::uint64_t seq, const std::string& type,
                                      std::size_t padding = 0) const {
    return R"({"v":1,"type":")" + type + R"(","stream":")" + stream_ + R"(","seq":)" + std::to_string(seq) +
           R"(,"time":"2026-01-01T00:00:00.000000000Z","ktime_ns":)" + std::to_string(seq * 1000) +
           R"(,"x":")" + std::string(padding, 'x') + R"("})";
  }
  void append(SpoolWriter& writer, const std::string& type, const LineTotals& totals,
              std::size_t padding = 0) {
    ++seq_;
    sums_ += totals;
    ASSERT_TRUE(writer.append(
        {line_text(seq_, type, padding), seq_, {seq_ * 1000, 1'767'225'600'000'000'000}, totals}));
  }
  // Forks, execs and exits alternately.
  void append_next(SpoolWriter& writer, std::size_t padding) {
    switch ((seq_ + 1) % 3) {
      case 0:
        return append(writer, "fork", {1, 0, 0, 0}, padding);
      case 1:
        return append(writer, "exec", {0, 1, 0, 0}, padding);
      default:
        return append(writer, "exit", {0, 0, 1, 0}, padding);
    }
  }

  // The files of the folder that are segments, in order.
  [[nodiscard]] std::vector<std::string> files() const {
    std::vector<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(path_)) {
      if (parse_segment_name(entry.path().filename().string())) names.push_back(entry.path().string());
    }
    std::ranges::sort(names);
    return names;
  }

  TempTree dir_;
  std::string path_ = dir_.path("spool");
  std::string stream_ = kStream;
  std::uint64_t seq_ = 0;  // of the last line
  LineTotals sums_;
};

}  // namespace proctree
