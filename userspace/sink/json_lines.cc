// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "sink/json_lines.hpp"

#include "base/json.hpp"
#include "base/timestamp.hpp"

namespace proctree {

std::string segment_line(const StreamHead& head, std::uint64_t first_seq, LineMoment moment,
                         const LineTotals& before) {
  JsonWriter json;
  UtcTime time;
  json.begin_object();
  json.field("v", 1);
  json.plain_field("type", "segment");
  json.plain_field("stream", head.stream);
  json.field("first_seq", first_seq);
  json.plain_field("time", time.format(moment.realtime_ns));
  json.field("ktime_ns", moment.ktime_ns);
  json.key("host");
  json.repeat(head.host);
  json.key("tracer");
  json.repeat(head.tracer);
  json.key("totals");
  json.begin_object();
  json.field("forks", before.forks);
  json.field("execs", before.execs);
  json.field("exits", before.exits);
  json.field("lost", before.lost);
  json.end_object();
  json.end_object();
  return std::string(json.text());
}

}  // namespace proctree
