// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "spool/spool_scan.hpp"

#include <string_view>

#include "base/json_cursor.hpp"
#include "base/line_reader.hpp"

namespace proctree {

namespace {

// The fields of a line that a scan looks at.
struct Line {
  std::string_view type;
  std::string_view stream;
  std::string_view time;
  std::uint64_t seq = 0;
  std::uint64_t ktime_ns = 0;
  std::uint64_t count = 0;
  bool placed = false;    // has `where`: its count is of lines
  bool inferred = false;  // an end that a resync found, of no event
  bool folds = false;     // `fold` of a tracer
  LineTotals totals;      // of a segment line, a repeat, or a lost one with `where`
};

bool read_totals(JsonCursor& json, LineTotals& totals) {
  if (!json.begin_object()) return false;
  for (std::string_view key; json.next_key(key);) {
    std::uint64_t ignored = 0;
    std::uint64_t& to = key == "forks"   ? totals.forks
                        : key == "execs" ? totals.execs
                        : key == "exits" ? totals.exits
                        : key == "lost"  ? totals.lost
                                         : ignored;
    if (&to == &ignored ? !json.skip() : !json.number(to)) return false;
  }
  return !json.failed();
}

bool read_tracer(JsonCursor& json, bool& folds) {
  if (!json.begin_object()) return false;
  for (std::string_view key; json.next_key(key);) {
    if (key == "fold" ? !json.boolean(folds) : !json.skip()) return false;
  }
  return !json.failed();
}

bool read_field(JsonCursor& json, std::string_view key, Line& line) {
  std::string_view text;
  if (key == "type") return json.string(line.type);
  if (key == "stream") return json.string(line.stream);
  if (key == "time") return json.string(line.time);
  if (key == "seq") return json.number(line.seq);
  if (key == "ktime_ns") return json.number(line.ktime_ns);
  if (key == "inferred") return json.boolean(line.inferred);
  const bool counts = line.type == "lost" || line.type == "repeat";
  if (key == "tracer") return read_tracer(json, line.folds);
  if (key == "where") return line.placed = json.string(text);
  if (counts && key == "count") return json.number(line.count);
  if (counts && key == "forks") return json.number(line.totals.forks);
  if (counts && key == "execs") return json.number(line.totals.execs);
  if (counts && key == "exits") return json.number(line.totals.exits);
  if (counts && key == "lost") return json.number(line.totals.lost);
  if (line.type == "segment" && key == "totals") return read_totals(json, line.totals);
  return json.skip();
}

bool read_line(JsonCursor& json, std::string_view text, Line& line) {
  json.start(text);
  if (!json.begin_object()) return false;
  for (std::string_view key; json.next_key(key);) {
    if (!read_field(json, key, line)) return false;
  }
  return !json.failed() && json.end();
}

void add(const Line& line, SegmentScan& scan) {
  LineTotals& totals = scan.totals;
  if (line.type == "fork") ++totals.forks;
  if (line.type == "exec") ++totals.execs;
  if (line.type == "exit" && !line.inferred) ++totals.exits;
  if (line.type == "lost" && !line.placed) totals.lost += line.count;
  if (line.type == "repeat" || (line.type == "lost" && line.placed)) totals += line.totals;
  if (line.type == "start") scan.folded = line.folds;
  scan.stopped = line.type == "stop";
}

}  // namespace

Result<SegmentScan> scan_segment(const std::string& path) {
  auto reader = LineReader::open(path);
  if (!reader) return tl::make_unexpected(std::move(reader.error()));
  SegmentScan scan;
  JsonCursor json;
  while (true) {
    auto text = reader->next();
    if (!text) return tl::make_unexpected(std::move(text.error()));
    if (!*text || !reader->ended()) return scan;
    Line line;
    if (!read_line(json, **text, line)) {
      ++scan.skipped;
      continue;
    }
    if (line.type == "segment") {
      scan.totals = line.totals;
      scan.folded = line.folds;
      continue;
    }
    if (line.seq == 0) continue;
    scan.stream = line.stream;
    scan.time = line.time;
    scan.seq = line.seq;
    scan.ktime_ns = line.ktime_ns;
    add(line, scan);
  }
}

Result<LineTotals> totals_before(const std::string& path) {
  auto reader = LineReader::open(path);
  if (!reader) return tl::make_unexpected(std::move(reader.error()));
  auto text = reader->next();
  if (!text) return tl::make_unexpected(std::move(text.error()));
  JsonCursor json;
  Line line;
  if (!*text || !read_line(json, **text, line) || line.type != "segment")
    return fail(ErrorCode::corrupt, path + " does not begin with a segment line");
  return line.totals;
}

}  // namespace proctree
