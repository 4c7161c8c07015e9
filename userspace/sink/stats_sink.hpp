// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// Counts what the filters let through, for the table at the end of a trace or a replay: what is executed
// most, what creates most, what lived longest, what fails. Its memory is bounded, whatever processes call
// themselves.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/longest.hpp"
#include "base/top_counts.hpp"
#include "engine/record.hpp"

namespace proctree {

class StatsSink final : public Sink {
 public:
  Result<void> on_start(const StartRecord&) override { return {}; }
  Result<void> on_process(const ProcessRecord& record) override;
  Result<void> on_lost(const LostRecord& record) override {
    lost_ += record.lost.count;
    return {};
  }
  Result<void> on_repeat(const RepeatRecord& record) override;
  Result<void> on_resync(const ResyncRecord&) override { return {}; }
  Result<void> on_stop(const StopRecord& record) override;
  Result<void> flush() override { return {}; }

  // The table, each line safe for a terminal and without its newline.
  [[nodiscard]] std::vector<std::string> lines() const;

 private:
  static constexpr std::size_t kShown = 10;

  struct Process {
    std::string comm;
    std::uint32_t pid = 0;
    std::string command;  // its beginning, as a shell would read it back; empty: not known
  };

  void on_exit(const ProcessRecord& record);

  std::uint64_t forks_ = 0;
  std::uint64_t execs_ = 0;
  std::uint64_t exits_ = 0;
  std::uint64_t failures_ = 0;
  std::uint64_t lost_ = 0;
  TopCounts commands_;
  TopCounts spawners_;
  TopCounts failing_;
  Longest<Process> slowest_{kShown};
  std::string key_;
};

}  // namespace proctree
