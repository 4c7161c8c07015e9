// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "sink/jsonl_sink.hpp"

#include "sink/json_facts.hpp"
#include "tree/record_kind.hpp"

namespace proctree {

namespace {

constexpr int kVersion = 1;

}  // namespace

void JsonlSink::begin(RecordKind kind, const RecordHead& head) {
  json_.clear();
  json_.begin_object();
  json_.field("v", kVersion);
  json_.plain_field("type", kind_name(kind));
  if (!head.host->stream.empty()) json_.plain_field("stream", head.host->stream);
  json_.field("seq", seq_ + 1);
  json_.plain_field("time", time_.format(head.realtime_ns));
  json_.field("ktime_ns", head.ktime_ns);
}

// A line that was not taken has no number: the stream's count stays whole.
Result<void> JsonlSink::end() {
  json_.end_object();
  std::string_view line = json_.text();
  if (line.size() > options_.line_max) line = cutter_.cut(line, options_.line_max);
  auto appended = output_.append(line);
  if (appended) ++seq_;
  return appended;
}

Result<void> JsonlSink::on_start(const StartRecord& record) {
  begin(RecordKind::start, record.head);
  json_.key("host");
  json_.begin_object();
  json_.string_field("name", record.head.host->name);
  json_.string_field("boot_id", record.head.host->boot_id);
  json_.string_field("kernel", record.head.host->kernel);
  json_.string_field("arch", record.head.host->arch);
  json_.end_object();
  json_.key("tracer");
  json_.begin_object();
  json_.string_field("version", record.version);
  json_.field("pid", record.tracer_pid);
  json_.string_field("source", record.source);
  if (record.head.host->nested_pid_namespace) json_.field("nested_pid_namespace", true);
  json_.field("args_max", record.args_max);
  json_.field("ring_bytes", record.ring_bytes);
  json_.field("ancestors_max", options_.ancestors_max);
  if (record.failed_execs) json_.field("failed_execs", true);
  if (record.fair_kib != 0) json_.field("fair_kib", record.fair_kib);
  json_.key("events");
  json_.begin_array();
  if (options_.events.exec) json_.plain("exec");
  if (options_.events.fork) json_.plain("fork");
  if (options_.events.exit) json_.plain("exit");
  json_.end_array();
  json_.end_object();
  json_.field("processes", record.processes);
  return end();
}

Result<void> JsonlSink::on_process(const ProcessRecord& record) {
  if (!options_.events.has(record.kind)) return {};
  begin(record.kind, record.head);
  put(record);
  return end();
}

Result<void> JsonlSink::on_resynced(const ProcessRecord& record, Mended mended) {
  if (!options_.events.has(record.kind)) return {};
  begin(record.kind, record.head);
  if (mended == Mended::ended) {
    json_.field("inferred", true);
  } else {
    json_.plain_field("resync", mended == Mended::added ? "added" : "corrected");
  }
  put(record);
  return end();
}

void JsonlSink::put(const ProcessRecord& record) {
  fields_.process(record);
  if (record.image != nullptr) {
    fields_.image(record);
  } else if (record.failed == nullptr) {
    fields_.image_number(record);
  }
  if (record.failed != nullptr) fields_.failed_exec(record);
  if (record.image != nullptr || record.failed != nullptr) fields_.lineage(record, options_.ancestors_max);
  if (record.exit != nullptr) fields_.exit(record);
}

Result<void> JsonlSink::on_lost(const LostRecord& record) {
  begin(RecordKind::lost, record.head);
  write_facts(json_, record.lost);
  if (record.lost.uid != kUnsetId) json_.string_field("user", record.head.users->name(record.lost.uid));
  return end();
}

Result<void> JsonlSink::on_resync(const ResyncRecord& record) {
  begin(RecordKind::resync, record.head);
  write_facts(json_, record.mending);
  return end();
}

Result<void> JsonlSink::on_stop(const StopRecord& record) {
  begin(RecordKind::stop, record.head);
  write_facts(json_, record.totals);
  if (record.failed_execs) json_.field("failed_execs", *record.failed_execs);
  json_.key("counters");
  json_.begin_object();
  for (const Counter& counter : record.counters) {
    if (counter.value == 0) continue;
    json_.plain_key(counter.name);
    json_.value(counter.value);
  }
  json_.end_object();
  if (auto ended = end(); !ended) return ended;
  return output_.flush();
}

}  // namespace proctree
