// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// The summary of a run, as far as the filters let it through: counted on the way to the sink proper, returned
// at the end.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/longest.hpp"
#include "base/top_counts.hpp"
#include "engine/record.hpp"
#include "sink/broker_clients.hpp"
#include "sink/run_failures.hpp"

namespace proctree {

class RunSummary final : public Sink {
 public:
  // `next` outlives it and takes every record.
  explicit RunSummary(Sink& next) : next_(next) {}

  Result<void> on_start(const StartRecord& record) override { return next_.on_start(record); }
  Result<void> on_process(const ProcessRecord& record) override;
  Result<void> on_filtered(const ProcessRecord& record) override;
  Result<void> on_resynced(const ProcessRecord& record, Resynced change) override {
    return next_.on_resynced(record, change);
  }
  [[nodiscard]] bool takes_resynced() const override { return next_.takes_resynced(); }
  Result<void> on_lost(const LostRecord& record) override { return next_.on_lost(record); }
  Result<void> on_hash(const HashRecord& record) override { return next_.on_hash(record); }
  Result<void> on_resync(const ResyncRecord& record) override { return next_.on_resync(record); }
  Result<void> on_stop(const StopRecord& record) override;
  Result<void> flush() override { return next_.flush(); }

  // Lines for a person, each safe for a terminal and without its newline. `wall_ns`: how long the run took.
  [[nodiscard]] std::vector<std::string> lines(std::uint64_t wall_ns) const;

 private:
  // One image in one process.
  struct Running {
    std::string name;
    std::uint64_t since_ns = 0;
  };
  struct Finished {
    std::string name;
    std::uint32_t pid = 0;
  };
  static constexpr std::size_t kShown = 5;

  void count_process(const ProcessRecord& record);
  void on_exec(const ProcessRecord& record);
  void on_exit(const ProcessRecord& record);
  void finish(std::uint32_t pid, std::uint64_t ktime_ns);

  Sink& next_;
  std::uint64_t lost_ = 0;
  std::uint64_t processes_ = 0;
  std::uint64_t execs_ = 0;
  std::uint64_t failed_execs_ = 0;
  bool has_failed_execs_ = false;
  std::uint64_t user_ns_ = 0;
  std::uint64_t system_ns_ = 0;
  std::uint64_t peak_rss_kb_ = 0;
  std::string peak_name_;
  TopCounts programs_;
  RunFailures failures_;
  BrokerClients brokers_;
  std::unordered_map<std::uint32_t, Running> running_;  // by pid
  // By pid: when the process of it that is counted began.
  std::unordered_map<std::uint32_t, std::uint64_t> counted_;
  Longest<Finished> slowest_{kShown};
};

}  // namespace proctree
