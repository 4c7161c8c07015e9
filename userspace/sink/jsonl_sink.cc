// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "sink/jsonl_sink.hpp"

#include <algorithm>

#include "base/try.hpp"
#include "sink/json_facts.hpp"
#include "tree/record_kind.hpp"

namespace proctree {

namespace {

constexpr std::string_view kSeqKey = ",\"seq\":";
constexpr std::size_t kSeqDigitsMax = 20;

LineTotals totals_of(RecordKind kind) {
  switch (kind) {
    case RecordKind::fork:
      return {.forks = 1};
    case RecordKind::exec:
      return {.execs = 1};
    case RecordKind::exit:
      return {.exits = 1};
    default:
      return {};
  }
}

// Where the gap after an earlier stream begins, boot time. 0: the host was booted since. Two boots may have
// one id; then the clock of the second began at 0 again.
std::uint64_t gap_since(const EarlierStream& earlier, const RecordHead& head) {
  const bool same_boot =
      earlier.stream.starts_with(head.host->id_prefix + '-') && earlier.ktime_ns <= head.ktime_ns;
  if (!same_boot) return 0;
  return earlier.ktime_ns - std::min(earlier.ktime_ns, earlier.held_lines ? Fold::kWindowNs : 0);
}

}  // namespace

void JsonlSink::begin(RecordKind kind, const RecordHead& head) { begin(kind_name(kind), head); }

void JsonlSink::begin(std::string_view type, const RecordHead& head) {
  moment_ = {head.ktime_ns, head.realtime_ns};
  json_.clear();
  json_.begin_object();
  json_.field("v", kLineVersion);
  json_.plain_field("type", type);
  if (!head.host->stream.empty()) json_.plain_field("stream", head.host->stream);
  seq_begin_ = json_.text().size() + kSeqKey.size();
  json_.field("seq", seq_ + 1);
  seq_end_ = json_.text().size();
  json_.plain_field("time", time_.format(head.realtime_ns));
  json_.field("ktime_ns", head.ktime_ns);
}

Result<void> JsonlSink::report_dropped(const RecordHead& head) {
  const auto dropped = lines_.take_dropped();
  if (!dropped) return {};
  if (fold_) PROCTREE_CHECK(fold_->flush());
  return write_dropped(*dropped, head);
}

Result<void> JsonlSink::begin_line(RecordKind kind, const RecordHead& head) {
  return begin_line(kind_name(kind), head);
}

// What is held, and the lines that could not be stored, come before it.
Result<void> JsonlSink::begin_line(std::string_view type, const RecordHead& head) {
  latest_ = head;
  if (fold_) PROCTREE_CHECK(fold_->flush());
  PROCTREE_CHECK(report_dropped(head));
  begin(type, head);
  return {};
}

std::string_view JsonlSink::finished_line() {
  json_.end_object();
  const std::string_view line = json_.text();
  return line.size() > options_.line_max ? cutter_.cut(line, options_.line_max) : line;
}

// A line that was not taken gets no number: the stream has no gap.
Result<void> JsonlSink::end(const LineTotals& totals) {
  const std::string_view line = finished_line();
  const bool whole = members_ && line.data() == json_.text().data();
  auto appended = lines_.append({line, seq_ + 1, moment_, totals, whole ? &*members_ : nullptr});
  if (appended) ++seq_;
  return appended;
}

Result<void> JsonlSink::write_dropped(const DroppedLines& dropped, const RecordHead& head) {
  begin(RecordKind::lost, head);
  json_.plain_field("where", "disk");
  json_.field("seq_from", dropped.seq_from);
  json_.field("seq_to", dropped.seq_to);
  json_.field("count", dropped.seq_to - dropped.seq_from + 1);
  json_.field("since_ns", dropped.since_ns);
  json_.field("until_ns", dropped.until_ns);
  write_totals(json_, dropped.totals);
  return end(dropped.totals);
}

// How many events were missed is unknown: no count.
Result<void> JsonlSink::write_restart(const RecordHead& head) {
  begin(RecordKind::lost, head);
  json_.plain_field("where", "restart");
  json_.field("since_ns", gap_since(*options_.earlier, head));
  json_.field("until_ns", head.ktime_ns);
  return end();
}

void JsonlSink::write_host(const Host& host) {
  json_.begin_object();
  json_.string_field("name", host.name);
  if (!host.id.empty()) json_.string_field("id", host.id);
  json_.string_field("boot_id", host.boot_id);
  json_.string_field("kernel", host.kernel);
  json_.string_field("arch", host.arch);
  json_.end_object();
}

void JsonlSink::write_tracer(const StartRecord& record) {
  json_.begin_object();
  json_.string_field("version", record.version);
  json_.field("pid", record.tracer_pid);
  json_.string_field("source", record.source);
  if (record.head.host->nested_pid_namespace) json_.field("nested_pid_namespace", true);
  json_.field("args_max", record.args_max);
  json_.field("ring_bytes", record.ring_bytes);
  json_.field("ancestors_max", options_.ancestors_max);
  json_.field("ancestor_args", record.ancestor_args);
  if (record.failed_execs) json_.field("failed_execs", true);
  if (record.fair_kib != 0) json_.field("fair_kib", record.fair_kib);
  if (options_.fold) json_.field("fold", true);
  if (!record.ring.empty()) json_.string_field("ring", record.ring);
  json_.key("events");
  json_.begin_array();
  if (options_.events.exec) json_.plain("exec");
  if (options_.events.fork) json_.plain("fork");
  if (options_.events.exit) json_.plain("exit");
  json_.end_array();
  json_.end_object();
}

Result<void> JsonlSink::on_start(const StartRecord& record) {
  begin(RecordKind::start, record.head);
  StreamHead head;
  head.stream = record.head.host->stream;
  json_.key("host");
  head.host = json_.capture([&] { write_host(*record.head.host); });
  json_.key("tracer");
  head.tracer = json_.capture([&] { write_tracer(record); });
  json_.field("processes", record.processes);
  if (options_.earlier) {
    json_.key("previous");
    json_.begin_object();
    json_.string_field("stream", options_.earlier->stream);
    json_.field("seq", options_.earlier->seq);
    json_.string_field("time", options_.earlier->time);
    json_.end_object();
  }
  lines_.begin(head);
  auto written = end();
  return written && options_.earlier ? write_restart(record.head) : written;
}

Result<void> JsonlSink::on_process(const ProcessRecord& record) {
  if (!options_.events.has(record.kind)) return {};
  if (fold_) return take(record);
  PROCTREE_CHECK(report_dropped(record.head));
  begin(record.kind, record.head);
  put(record);
  return end(totals_of(record.kind));
}

// Held, where it may repeat what has been written; else written.
Result<void> JsonlSink::take(const ProcessRecord& record) {
  latest_ = record.head;
  PROCTREE_CHECK(report_dropped(record.head));
  PROCTREE_CHECK(make_room());
  const bool holds = PROCTREE_TRY(fold_->holds(record));
  begin(record.kind, record.head);
  put(record);
  if (holds && json_.text().size() + kSeqDigitsMax < options_.line_max) {
    const std::string_view line = finished_line();
    return fold_->hold(record, {line, seq_begin_, seq_end_, moment_, totals_of(record.kind)});
  }
  if (holds) {
    PROCTREE_CHECK(fold_->release(record));
    begin(record.kind, record.head);  // with the number that it has now
    put(record);
  }
  PROCTREE_CHECK(end(totals_of(record.kind)));
  fold_->wrote(record, seq_);
  return {};
}

// A segment ends with all that is held.
Result<void> JsonlSink::make_room() {
  if (lines_.room() >= std::min(options_.line_max, kLineMaxDefault) + fold_->pending_bytes()) return {};
  return end_segment();
}

Result<void> JsonlSink::end_segment() {
  if (!fold_) return {};
  PROCTREE_CHECK(fold_->flush());
  lines_.end_segment();
  return {};
}

Result<std::uint64_t> JsonlSink::expire(std::uint64_t now_ns) {
  if (!fold_ || latest_.host == nullptr) return ~std::uint64_t{0};
  const std::uint64_t passed_ns = now_ns - std::min(now_ns, latest_.ktime_ns);
  latest_.ktime_ns += passed_ns;
  latest_.realtime_ns += static_cast<std::int64_t>(passed_ns);
  PROCTREE_CHECK(fold_->expire(now_ns));
  return fold_->due_ns();
}

Result<std::uint64_t> JsonlSink::write_held(const HeldLine& line) {
  held_.assign(line.text, 0, line.seq_begin);
  held_ += std::to_string(seq_ + 1);
  held_.append(line.text, line.seq_end);
  PROCTREE_CHECK(lines_.append({held_, seq_ + 1, line.moment, line.totals}));
  return ++seq_;
}

Result<void> JsonlSink::write_repeat(const Repeat& repeat) {
  begin("repeat", latest_);
  json_.field("of", repeat.of);
  json_.field("forks", repeat.forks);
  json_.field("execs", repeat.execs);
  json_.field("exits", repeat.exits);
  json_.field("failures", repeat.failures);
  json_.plain_field("first", births_.format(repeat.first_ns));
  json_.plain_field("last", births_.format(repeat.last_ns));
  json_.field("runtime_ns", repeat.runtime_ns);
  return end({repeat.forks, repeat.execs, repeat.exits, 0});
}

Result<void> JsonlSink::on_resynced(const ProcessRecord& record, Resynced change) {
  if (!options_.events.has(record.kind)) return {};
  PROCTREE_CHECK(begin_line(record.kind, record.head));
  if (change == Resynced::ended) {
    json_.field("inferred", true);
  } else {
    json_.plain_field("resync", change == Resynced::added ? "added" : "corrected");
  }
  put(record);
  return end();
}

void JsonlSink::put(const ProcessRecord& record) {
  fields_.process(record);
  if (record.image != nullptr) {
    fields_.entry(record);
    fields_.image(record);
  } else {
    fields_.short_entry(record);
    if (record.failed == nullptr) fields_.image_number(record);
  }
  if (record.failed != nullptr) fields_.failed_exec(record);
  if (record.image != nullptr || record.failed != nullptr) fields_.lineage(record, options_.ancestors_max);
  if (record.exit != nullptr) fields_.exit(record);
}

Result<void> JsonlSink::on_lost(const LostRecord& record) {
  PROCTREE_CHECK(begin_line(RecordKind::lost, record.head));
  write_facts(json_, record.lost);
  if (record.lost.uid != kUnsetId) json_.string_field("user", record.head.users->name(record.lost.uid));
  return end({.lost = record.lost.count});
}

// It belongs to an exec's line, and is written, held or left out as that is.
Result<void> JsonlSink::on_hash(const HashRecord& record) {
  if (!options_.events.exec) return {};
  latest_ = record.head;
  PROCTREE_CHECK(report_dropped(record.head));
  if (fold_) PROCTREE_CHECK(make_room());
  // Only now: either may have written what was held.
  const auto life = fold_ ? fold_->life_of(record.process) : Fold::Life::written;
  if (life == Fold::Life::counted) return {};
  begin("hash", record.head);
  fields_.hash(record);
  if (life == Fold::Life::written) return end();
  const std::string_view line = finished_line();
  return fold_->hold(record.process, {line, seq_begin_, seq_end_, moment_, {}});
}

Result<void> JsonlSink::on_resync(const ResyncRecord& record) {
  PROCTREE_CHECK(begin_line(RecordKind::resync, record.head));
  write_facts(json_, record.mending);
  return end();
}

Result<void> JsonlSink::on_stop(const StopRecord& record) {
  PROCTREE_CHECK(begin_line(RecordKind::stop, record.head));
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
  PROCTREE_CHECK(end());
  return lines_.flush();
}

}  // namespace proctree
