// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "spool/spool_scan.hpp"

#include "base/line_reader.hpp"
#include "base/try.hpp"
#include "spool/line_head.hpp"

namespace proctree {

namespace {

void note(const LineHead& line, SegmentScan& scan) {
  scan.stream = line.stream;
  scan.time = line.time;
  scan.seq = line.is_spool_gap() ? line.seq_to : line.seq;
  scan.ktime_ns = line.ktime_ns;
  scan.stopped = line.type == "stop";
  if (line.type == "start") scan.folded = line.folds;
  scan.totals += line.totals;
}

}  // namespace

Result<SegmentScan> scan_segment(const std::string& path) {
  auto reader = PROCTREE_TRY(LineReader::open(path));
  SegmentScan scan;
  LineHeadParser parser;
  LineHead line;
  while (true) {
    const auto text = PROCTREE_TRY(reader.next());
    if (!text || !reader.ended()) return scan;
    if (!parser.parse(*text, line)) {
      ++scan.skipped;
    } else if (line.type == "segment") {
      scan.totals = line.before;
      scan.folded = line.folds;
    } else if (line.seq != 0 || line.is_spool_gap()) {
      note(line, scan);
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
