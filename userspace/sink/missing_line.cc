// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "sink/missing_line.hpp"

#include "base/json.hpp"
#include "base/timestamp.hpp"

namespace proctree {

std::string missing_line(const StreamHead& head, LineMoment moment, std::uint64_t from, std::uint64_t to,
                         const std::optional<LineTotals>& totals, bool with_head) {
  JsonWriter json;
  UtcTime time;
  json.begin_object();
  json.field("v", kLineVersion);
  json.plain_field("type", "lost");
  json.string_field("stream", head.stream);
  json.plain_field("time", time.format(moment.realtime_ns));
  json.field("ktime_ns", moment.ktime_ns);
  json.plain_field("where", "spool");
  json.field("seq_from", from);
  json.field("seq_to", to);
  json.field("count", to - from + 1);
  if (totals) write_totals(json, *totals);
  if (with_head) {
    json.key("host");
    json.repeat(head.host);
    json.key("tracer");
    json.repeat(head.tracer);
  }
  json.end_object();
  return std::string(json.text());
}

}  // namespace proctree
