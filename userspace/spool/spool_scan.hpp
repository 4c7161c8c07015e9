// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// A segment's contents: read when a spool is opened, and when the last segment of a stream is dropped.
#pragma once

#include <string>

#include "proctree/error.hpp"
#include "sink/earlier_stream.hpp"
#include "sink/json_lines.hpp"

namespace proctree {

struct SegmentScan {
  EarlierStream last;  // whole line that has a number; seq 0: none
  LineTotals totals;   // of the stream up to that line, those of the segments before too
  std::string host;    // of its `segment` or `start`, as JSON, tracer too; empty: neither is there
  std::string tracer;
};

// `path`: the file, plain or compressed. Lines that make no sense are passed over.
[[nodiscard]] Result<SegmentScan> scan_segment(const std::string& path);

// The totals that a segment's first line has: what the lines of its stream before it stand for.
[[nodiscard]] Result<LineTotals> totals_before(const std::string& path);

}  // namespace proctree
