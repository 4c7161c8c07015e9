// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "sink/json_lines.hpp"

#include "base/json.hpp"
#include "base/timestamp.hpp"

namespace proctree {

void write_totals(JsonWriter& json, const LineTotals& totals) {
  json.field("forks", totals.forks);
  json.field("execs", totals.execs);
  json.field("exits", totals.exits);
  json.field("lost", totals.lost);
}

std::uint64_t* find_total(LineTotals& totals, std::string_view name) {
  if (name == "forks") return &totals.forks;
  if (name == "execs") return &totals.execs;
  if (name == "exits") return &totals.exits;
  return name == "lost" ? &totals.lost : nullptr;
}

std::string segment_line(const StreamHead& head, std::uint64_t first_seq, LineMoment moment,
                         const std::optional<LineTotals>& before) {
  JsonWriter json;
  UtcTime time;
  json.begin_object();
  json.field("v", kLineVersion);
  json.plain_field("type", "segment");
  json.plain_field("stream", head.stream);
  json.field("first_seq", first_seq);
  json.plain_field("time", time.format(moment.realtime_ns));
  json.field("ktime_ns", moment.ktime_ns);
  json.key("host");
  json.repeat(head.host);
  json.key("tracer");
  json.repeat(head.tracer);
  if (before) {
    json.key("totals");
    json.begin_object();
    write_totals(json, *before);
    json.end_object();
  }
  json.end_object();
  return std::string(json.text());
}

}  // namespace proctree
