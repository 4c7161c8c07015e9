// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// The task iterator's output: whatever a record holds, the others are reported.
#include "source/task_records.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <vector>

namespace proctree {
namespace {

class TaskRecordsTest : public ::testing::Test {
 protected:
  static std::vector<std::byte> record(std::uint32_t pid) {
    pt_exec made{};
    made.header.size = sizeof made;
    made.header.kind = PT_TASK;
    made.task.pid = pid;
    made.image.flags = PT_NO_EXE | PT_NO_CWD;
    const auto bytes = std::as_bytes(std::span(&made, 1));
    return {bytes.begin(), bytes.end()};
  }
  static pt_exec& view(std::vector<std::byte>& bytes) { return *reinterpret_cast<pt_exec*>(bytes.data()); }

  void write(const std::vector<std::byte>& bytes) {
    output_.insert(output_.end(), bytes.begin(), bytes.end());
  }

  // The pids reported, from reads of `step` bytes.
  std::vector<std::uint32_t> pids(std::size_t step) {
    std::vector<std::uint32_t> found;
    bad_ = 0;
    const Source::TaskHandler handler = [&](const SnapshotTask& task) -> Result<void> {
      found.push_back(task.task.self.pid);
      return {};
    };
    TaskRecords records(decoder_, [this](std::span<const std::byte>) { ++bad_; });
    std::span<const std::byte> rest(output_);
    for (auto room = records.room(); !room.empty(); room = records.room()) {
      const std::size_t got = std::min({step, rest.size(), room.size()});
      std::memcpy(room.data(), rest.data(), got);
      rest = rest.subspan(got);
      records.add(got);
      while (records.take(7, handler).value_or(0) == 7) {
      }
    }
    return found;
  }

  Decoder decoder_;
  std::vector<std::byte> output_;
  unsigned bad_ = 0;
};

using Pids = std::vector<std::uint32_t>;

TEST_F(TaskRecordsTest, ReadsMayEndAnywhere) {
  for (std::uint32_t pid = 1; pid <= 50; ++pid) write(record(pid));
  for (const std::size_t step : {1, 7, 24, 223, 224, 225, 1000, 1 << 20}) {
    EXPECT_EQ(pids(step).size(), 50U) << step;
    EXPECT_EQ(bad_, 0U) << step;
  }
}

TEST_F(TaskRecordsTest, OneThatMakesNoSenseIsPassedBy) {
  auto strings = record(2), kind = record(3), pid = record(4);
  view(strings).image.text_len[PT_TEXT_EXE] = 1;
  view(kind).header.kind = PT_FORK;
  view(pid).task.pid = 0;
  for (const auto& each : {record(1), strings, kind, pid, record(5)}) write(each);
  EXPECT_EQ(pids(100), (Pids{1, 5}));
  EXPECT_EQ(bad_, 3U);
}

TEST_F(TaskRecordsTest, AWrongSizeEndsThePass) {
  for (const std::uint32_t size : {0U, 8U, 223U, 225U, 0x7fffffffU, 0xffffffffU}) {
    output_.clear();
    auto wrong = record(2);
    view(wrong).header.size = size;
    for (const auto& each : {record(1), wrong, record(3)}) write(each);
    EXPECT_EQ(pids(224), (Pids{1})) << size;
    EXPECT_EQ(bad_, 1U) << size;
  }
}

TEST_F(TaskRecordsTest, ALastOneThatIsCutCountsAsBad) {
  write(record(1));
  auto cut = record(2);
  cut.resize(100);
  write(cut);
  EXPECT_EQ(pids(64), (Pids{1}));
  EXPECT_EQ(bad_, 1U);
}

}  // namespace
}  // namespace proctree
