// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// What a segment holds: read when a spool is opened, and when the last segment of a stream is dropped.
#pragma once

#include <cstdint>
#include <string>

#include "proctree/error.hpp"
#include "sink/json_lines.hpp"

namespace proctree {

struct SegmentScan {
  // Of the last whole line that has a number; seq 0: none.
  std::string stream;
  std::string time;
  std::uint64_t seq = 0;
  std::uint64_t ktime_ns = 0;
  bool stopped = false;       // that line is `stop`
  bool folded = false;        // its writer holds lines back (--fold)
  LineTotals totals;          // of the stream up to that line, those of the segments before too
  std::uint64_t skipped = 0;  // lines that make no sense
};

// `path`: the file, plain or compressed.
[[nodiscard]] Result<SegmentScan> scan_segment(const std::string& path);

// The totals that a segment's first line has: what the lines of its stream before it stand for.
[[nodiscard]] Result<LineTotals> totals_before(const std::string& path);

}  // namespace proctree
