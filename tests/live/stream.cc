// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "stream.hpp"

#include <algorithm>
#include <cmath>
#include <ctime>
#include <string_view>

#include "truth.hpp"

namespace proctree::live {
namespace {

bool has_process(const std::string& type) {
  return type == "process" || type == "fork" || type == "exec" || type == "exit" || type == "exec_failed";
}

// Each d stands for a digit, the rest for itself.
bool has_form(std::string_view text, std::string_view form) {
  return std::equal(text.begin(), text.end(), form.begin(), form.end(),
                    [](char c, char f) { return f == 'd' ? c >= '0' && c <= '9' : c == f; });
}

// CLOCK_REALTIME at CLOCK_BOOTTIME zero, in seconds.
double boot_epoch() {
  timespec boot{}, real{};
  clock_gettime(CLOCK_BOOTTIME, &boot);
  clock_gettime(CLOCK_REALTIME, &real);
  return static_cast<double>(real.tv_sec - boot.tv_sec) +
         static_cast<double>(real.tv_nsec - boot.tv_nsec) * 1e-9;
}

// The two clocks of a record show the same time, but for an adjustment of the clock.
bool same_moment(const std::string& time, std::uint64_t ktime_ns) {
  static const double epoch = boot_epoch();
  tm parts{};
  double fraction = 0;
  const char* rest = strptime(time.c_str(), "%Y-%m-%dT%H:%M:%S", &parts);
  if (rest == nullptr || std::sscanf(rest, "%lfZ", &fraction) != 1) return false;
  const double time_s = static_cast<double>(timegm(&parts)) + fraction;
  return std::abs(time_s - epoch - static_cast<double>(ktime_ns) * 1e-9) < 5;
}

void check_common(const Record& record, const std::string& where, Problems& problems) {
  if (record.json.number("v") != 1) problems.add(where + "v is not 1");
  const std::string time(record.json.string("time").value_or(""));
  if (!has_form(time, "dddd-dd-ddTdd:dd:dd.dddddddddZ") || !same_moment(time, record.ktime_ns)) {
    problems.add(where + "time " + time + " is no RFC 3339 nanoseconds, or not that of ktime_ns");
  }
  if (!record.json.number("ktime_ns")) problems.add(where + "no ktime_ns");
}

void check_process(const Record& record, const std::string& where, Problems& problems) {
  for (const char* key : {"pid", "start_ns", "ppid", "uid", "gid", "euid", "egid", "sid", "pgid", "ns_pid"}) {
    if (!record.json.number(key)) problems.add(where + "no number " + key);
  }
  for (const char* key : {"id", "comm", "user"}) {
    if (!record.json.string(key)) problems.add(where + "no string " + key);
  }
  const std::uint64_t start = record.json.number("start_ns").value_or(0);
  if (record.id != process_id(record.pid, start / 10'000'000)) {
    problems.add(where + "id " + record.id + " is not that of its pid and start");
  }
}

// " (lost_forks 3, skipped_runs 1)": what `stop` counts of them by kind.
std::string counted(const Record& stop) {
  const Json* counters = stop.json.at("counters");
  std::string text;
  for (std::size_t i = 0; counters != nullptr && i < counters->items.size(); ++i) {
    text +=
        (text.empty() ? " (" : ", ") + counters->keys[i] + ' ' + std::to_string(counters->items[i].natural);
  }
  return text.empty() ? text : text + ')';
}

Record make_record(Json json) {
  Record record;
  record.type = json.string("type").value_or("");
  // No events: what a resync found.
  if (json.is_true("inferred") || json.string("resync")) record.type += " of a resync";
  record.seq = json.number("seq").value_or(0);
  record.ktime_ns = json.number("ktime_ns").value_or(0);
  record.pid = static_cast<std::uint32_t>(json.number("pid").value_or(0));
  record.id = json.string("id").value_or("");
  record.json = std::move(json);
  return record;
}

}  // namespace

std::size_t Stream::count(std::string_view type) const {
  return static_cast<std::size_t>(
      std::count_if(records.begin(), records.end(), [&](const Record& r) { return r.type == type; }));
}

const Record* Stream::first(std::string_view type) const {
  const auto found =
      std::find_if(records.begin(), records.end(), [&](const Record& r) { return r.type == type; });
  return found == records.end() ? nullptr : &*found;
}

Stream read_stream(const std::string& text, Problems& problems, bool all_facts) {
  Stream stream;
  std::size_t at = 0;
  while (at < text.size()) {
    const std::size_t end = text.find('\n', at);
    if (end == std::string::npos) {
      problems.add("stream: the last line is torn: " + text.substr(at, 200));
      break;
    }
    const std::string_view line(text.data() + at, end - at);
    const std::string where = "line " + std::to_string(stream.records.size() + 1) + ": ";
    std::string why;
    auto json = parse_json(line, why);
    if (!json) {
      problems.add(where + why + ": " + std::string(line.substr(0, 300)));
      json = Json{};
    }
    Record record = make_record(std::move(*json));
    at = end + 1;
    if (record.type == "segment") {  // of the file, and in no stream's order
      if (record.json.number("first_seq") != stream.records.size() + 1)
        problems.add(where + "a segment before " + std::string(line.substr(0, 300)));
      stream.segments.push_back(std::move(record));
      continue;
    }
    check_common(record, where, problems);
    if (has_process(record.type) && all_facts) check_process(record, where, problems);
    if (record.seq != stream.records.size() + 1) problems.add(where + "seq is " + std::to_string(record.seq));
    stream.records.push_back(std::move(record));
  }
  return stream;
}

void check_whole(const Stream& stream, bool all_written, Problems& problems) {
  if (stream.records.empty()) return problems.add("stream: empty");
  const Record& start = stream.records.front();
  const Record& stop = stream.records.back();
  if (start.type != "start") problems.add("stream: the first line is " + start.type);
  if (stop.type != "stop") problems.add("stream: the last line is " + stop.type);
  if (stream.count("start") != 1 || stream.count("stop") != 1) problems.add("stream: start or stop not once");
  for (const char* key :
       {"host.name", "host.boot_id", "host.kernel", "host.arch", "tracer.version", "tracer.source"}) {
    if (!start.json.string(key)) problems.add(std::string("start: no ") + key);
  }
  for (const char* key : {"tracer.pid", "processes"}) {
    if (!start.json.number(key)) problems.add(std::string("start: no ") + key);
  }
  if (stop.json.number("lost") != 0) problems.add("stop: events were lost" + counted(stop));
  if (stream.count("lost") != 0) problems.add("stream: a gap");
  for (const auto& [total, type] : {std::pair("forks", "fork"), {"execs", "exec"}, {"exits", "exit"}}) {
    const auto count = stop.json.number(total);
    if (!count || (all_written && *count != stream.count(type))) {
      problems.add(std::string("stop: ") + total + " is " + (count ? std::to_string(*count) : "absent") +
                   ", counted " + std::to_string(stream.count(type)));
    }
  }
  if (stop.json.number("resyncs") != stream.count("resync")) problems.add("stop: resyncs not as counted");
}

}  // namespace proctree::live
