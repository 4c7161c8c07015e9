// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// Which commands of a run failed: the command line, how it ended, and the process that created it.
#pragma once

#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

#include "engine/record.hpp"

namespace proctree {

class RunFailures {
 public:
  // Each exec, whether or not the filters let it through: its failure may pass them later.
  void on_exec(const ProcessRecord& record);
  // Each exit; one that the filters let through and that is a failure is listed.
  void on_exit(const ProcessRecord& record, bool let_through);

  [[nodiscard]] std::uint64_t count() const { return count_; }
  // A line each, safe for a terminal.
  [[nodiscard]] std::vector<std::string> lines() const;

 private:
  std::unordered_map<std::uint32_t, std::string> commands_;  // by pid: of the present image
  std::vector<std::string> listed_;
  std::uint64_t count_ = 0;
};

}  // namespace proctree
