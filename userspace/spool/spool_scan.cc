// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "spool/spool_scan.hpp"

#include "base/line_reader.hpp"
#include "base/try.hpp"
#include "spool/line_head.hpp"

namespace proctree {

Result<SegmentScan> scan_segment(const std::string& path) {
  auto reader = PROCTREE_TRY(LineReader::open(path));
  SegmentScan scan;
  LineHeadParser parser;
  LineHead line;
  bool folds = false;
  while (true) {
    const auto text = PROCTREE_TRY(reader.next());
    if (!text || !reader.ended()) return scan;
    if (!parser.parse(*text, line)) continue;
    if (line.type == "segment" || line.type == "start") {
      folds = line.folds;
      scan.host = line.host;
      scan.tracer = line.tracer;
    }
    if (line.type == "segment") {
      scan.totals = line.before;
    } else if (line.is_of_stream()) {
      scan.last.stream = line.stream;
      scan.last.time = line.time;
      scan.last.seq = line.last_number();
      scan.last.ktime_ns = line.ktime_ns;
      scan.last.held_lines = folds && line.type != "stop";
      scan.totals += line.totals;
    }
  }
}

Result<LineTotals> totals_before(const std::string& path) {
  auto reader = PROCTREE_TRY(LineReader::open(path));
  const auto text = PROCTREE_TRY(reader.next());
  LineHeadParser parser;
  LineHead line;
  if (!text || !parser.parse(*text, line) || line.type != "segment")
    return fail(ErrorCode::corrupt, path + " does not begin with a segment line");
  return line.before;
}

}  // namespace proctree
