// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// A file that another program reads at any time, such as node_exporter's textfile collector: replaced as a
// whole, by rename.
#pragma once

#include <cstdint>
#include <string>

#include "proctree/error.hpp"

namespace proctree {

class MetricsFile {
 public:
  static constexpr std::uint64_t kIntervalNs = 5'000'000'000;

  explicit MetricsFile(std::string path) : path_(std::move(path)) {}
  // No sync: what a crash of the host leaves is old by then anyway.
  [[nodiscard]] Result<void> replace(const std::string& text) const;

 private:
  std::string path_;
};

}  // namespace proctree
