// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// A store as a place that lines are shipped to.
#pragma once

#include <memory>
#include <string>

#include "history/ingest.hpp"
#include "proctree/error.hpp"
#include "ship/ship_target.hpp"

namespace proctree {

// Hands over a line as it was shipped, and who wrote it where that is another stream than before.
class ShippedLines {
 public:
  explicit ShippedLines(HistoryWriter& writer) : writer_(writer) {}
  Result<void> put(const SpoolItem& item, const StreamHead& head);

 private:
  HistoryWriter& writer_;
  std::string stream_;
};

// `keep`: an age, a size, or both, as parse_history_bounds() reads them; empty: everything is retained.
[[nodiscard]] Result<std::unique_ptr<ShipTarget>> open_history_target(const std::string& path,
                                                                      const std::string& keep);

}  // namespace proctree
