// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "history/ingest.hpp"

#include <sys/wait.h>

#include <algorithm>
#include <limits>
#include <utility>

#include "base/host_clock.hpp"
#include "base/json_cursor.hpp"
#include "base/try.hpp"
#include "history/schema.hpp"
#include "history/stored_lines.hpp"
#include "sink/json_lines.hpp"
#include "tree/entry_type.hpp"

namespace proctree {

namespace {

constexpr std::int64_t kMillisecond = 1'000'000;
constexpr std::size_t kPlaceMost = 64;  // of the words for where something was lost

std::int64_t signed_of(std::uint64_t number) { return static_cast<std::int64_t>(number); }

std::optional<std::int64_t> maybe_of(std::uint64_t number) {
  return number == 0 ? std::nullopt : std::optional(signed_of(number));
}

std::optional<std::string_view> maybe_text(std::string_view text) {
  return text.empty() ? std::nullopt : std::optional(text);
}

// What the rows have no column for; the line itself is stored.
constexpr std::string_view kNotInRows[] = {"session_leader",
                                           "group_leader",
                                           "ns",
                                           "container",
                                           "args",
                                           "args_raw",
                                           "filename",
                                           "interpreter",
                                           "cwd",
                                           "exe_inode",
                                           "exe_dev",
                                           "exe_deleted",
                                           "exe_memfd",
                                           "previous",
                                           "chain",
                                           "tty",
                                           "caps_effective",
                                           "caps_permitted",
                                           "creator_id",
                                           "creator_comm",
                                           "args_size",
                                           "ns_pid",
                                           "exe_upper_layer",
                                           "env",
                                           "env_raw",
                                           "stdio"};

}  // namespace

Result<std::unique_ptr<HistoryWriter>> HistoryWriter::open(const std::string& path) {
  auto lock = PROCTREE_TRY(lock_history(path));
  auto database = PROCTREE_TRY(open_history_to_write(path));
  return open(std::move(database), std::move(lock), renew_tables);
}

Result<std::unique_ptr<HistoryWriter>> HistoryWriter::open(Database database, RenewTables renew) {
  return open(std::move(database), FileDescriptor(), renew);
}

Result<std::unique_ptr<HistoryWriter>> HistoryWriter::open(Database database, FileDescriptor lock,
                                                           RenewTables renew) {
  std::unique_ptr<HistoryWriter> writer(new HistoryWriter(std::move(database), std::move(lock)));
  PROCTREE_CHECK(writer->begin());
  const std::int64_t version = PROCTREE_TRY(renew(writer->database_));
  PROCTREE_CHECK(writer->prepare());
  if (version < 2) PROCTREE_CHECK(writer->take_stored_lines());
  if (version < 3) PROCTREE_CHECK(writer->take_stored_losses());
  if (version < 3) PROCTREE_CHECK(writer->take_stored_starts());
  PROCTREE_CHECK(writer->commit());
  return writer;
}

// Rows are made of the lines again, all within one transaction.
Result<void> HistoryWriter::take_stored_lines() {
  auto blocks = PROCTREE_TRY(database_.prepare("SELECT lines FROM line_block ORDER BY id"));
  std::string text;
  std::vector<NumberedLine> lines;
  while (PROCTREE_TRY(blocks.step())) {
    PROCTREE_CHECK(unpack_lines(blocks.text(0), text, lines));
    for (const NumberedLine& stored : lines) {
      if (!parser_.parse(stored.text) || line().stream.size() <= kBootDigits) continue;
      PROCTREE_CHECK(take_line(*PROCTREE_TRY(find_stream(line().stream)), stored.text));
    }
    PROCTREE_CHECK(rows_.flush());
  }
  return {};
}

// Ranges that overlap, or whose lines came, were left as they were reported, those of the tracer under the
// numbers of their lines.
Result<void> HistoryWriter::take_stored_losses() {
  StoredLines stored;
  PROCTREE_CHECK(stored.prepare(database_));
  std::vector<std::string> texts;
  auto losses =
      PROCTREE_TRY(database_.prepare("SELECT stream, seq, line FROM loss WHERE place IN ('disk', 'spool')"));
  while (PROCTREE_TRY(losses.step())) {
    texts.emplace_back(losses.text(2));
    if (texts.back().empty()) texts.back() = PROCTREE_TRY(stored.at(losses.number(0), losses.number(1)));
  }
  losses.reset();
  PROCTREE_CHECK(database_.execute("DELETE FROM loss WHERE place IN ('disk', 'spool')"));
  for (const std::string& text : texts) {
    if (parser_.parse(text)) PROCTREE_CHECK(take_missing(*PROCTREE_TRY(find_stream(line().stream)), text));
  }
  return {};
}

// What a stream's first line says of the host and the tracer had no column.
Result<void> HistoryWriter::take_stored_starts() {
  StoredLines stored;
  PROCTREE_CHECK(stored.prepare(database_));
  std::vector<std::int64_t> ids;
  auto streams = PROCTREE_TRY(database_.prepare("SELECT id FROM stream"));
  while (PROCTREE_TRY(streams.step())) ids.push_back(streams.number(0));
  streams.reset();
  for (const std::int64_t id : ids) {
    const std::string_view text = PROCTREE_TRY(stored.at(id, 1));
    if (parser_.parse(text) && line().kind == RecordKind::start)
      PROCTREE_CHECK(take_start(*PROCTREE_TRY(find_stream(line().stream)), text));
  }
  return {};
}

Result<void> HistoryWriter::prepare() {
  parser_.leave_out(kNotInRows);
  parser_.set_wants_ancestors([this](const RecordedLine& line) { return wants_ancestors(line); });
  PROCTREE_CHECK(streams_.prepare(database_));
  PROCTREE_CHECK(clocks_.prepare(database_));
  PROCTREE_CHECK(programs_.prepare(database_));
  PROCTREE_CHECK(rows_.prepare(database_));
  add_image_ = PROCTREE_TRY(database_.prepare_insertion(
      {.table = "image",
       .columns = "process, exec_seq, after_ns, observed, program, stream, seq",
       .key = "process, exec_seq",
       .update = "after_ns = excluded.after_ns, observed = excluded.observed, program = excluded.program,"
                 " stream = excluded.stream, seq = excluded.seq WHERE excluded.observed > image.observed OR"
                 " (excluded.observed = image.observed AND excluded.after_ns < image.after_ns)",
       .best = "observed DESC, after_ns"}));
  add_loss_ = PROCTREE_TRY(database_.prepare(
      "INSERT INTO loss(stream, seq, seq_to, place, since_ns, until_ns, count) VALUES(?1, ?2, ?2, ?3, ?4, ?5,"
      " ?6) ON CONFLICT DO NOTHING"));
  add_resync_ = PROCTREE_TRY(
      database_.prepare("INSERT INTO resync(stream, seq, at_ns) VALUES(?1, ?2, ?3) ON CONFLICT DO NOTHING"));
  add_repeat_ =
      PROCTREE_TRY(database_.prepare("INSERT INTO repeat(stream, seq, of, forks, execs, exits, failures)"
                                     " VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT DO NOTHING"));
  find_host_ = PROCTREE_TRY(database_.prepare(
      "SELECT id FROM host WHERE machine_id IS ?1 AND (name = ?2 OR machine_id IS NOT NULL)"));
  add_host_ =
      PROCTREE_TRY(database_.prepare("INSERT INTO host(machine_id, name) VALUES(?1, ?2) RETURNING id"));
  set_host_ = PROCTREE_TRY(database_.prepare("UPDATE boot SET host = ?2 WHERE id = ?1"));
  set_start_ = PROCTREE_TRY(
      database_.prepare("UPDATE stream SET source = coalesce(?2, source), version = coalesce(?3, version),"
                        " started_ns = coalesce(?4, started_ns) WHERE id = ?1"));
  // Parts of a stream may be headed by less than its start says.
  set_head_ = PROCTREE_TRY(
      database_.prepare("UPDATE stream SET host = ?2, tracer = ?3 WHERE id = ?1 AND"
                        " coalesce(length(host) + length(tracer), 0) < length(?2) + length(?3)"));
  set_stop_ = PROCTREE_TRY(database_.prepare("UPDATE stream SET stopped_ns = ?2 WHERE id = ?1"));
  return {};
}

Result<void> HistoryWriter::begin() {
  if (is_open_) return {};
  const bool has_changed = PROCTREE_TRY(database_.begin_writing());
  is_open_ = true;
  if (!has_changed) return {};
  PROCTREE_CHECK(streams_.reload());
  PROCTREE_CHECK(clocks_.reload());
  return rows_.reload();
}

Result<void> HistoryWriter::take(std::string_view text) {
  const auto parsed = parser_.parse(text);
  // If only its process can be read the line is stored as it is.
  const bool has_place = line().seq != 0 && line().realtime_ns != 0 && line().stream.size() > kBootDigits;
  if (!parsed && (!parser_.is_json() || !has_place || parsed.error().code == ErrorCode::unsupported))
    return parsed;
  if (line().stream.size() <= kBootDigits)
    return fail(ErrorCode::unsupported, "a line without a stream", "record it again with this proctree");
  auto taken = store_line(text, parsed.has_value());
  // Half a line may have become rows: none of this transaction counts.
  if (!taken) has_failed_ = true;
  return taken;
}

Result<void> HistoryWriter::take_shipped(std::string_view text) {
  auto taken = take(text);
  const auto is_no_line = [](ErrorCode code) {
    return code == ErrorCode::corrupt || code == ErrorCode::invalid_argument;
  };
  return !taken && is_no_line(taken.error().code) ? Result<void>() : taken;
}

// Rows are written and forgotten before a line, never while one is taken: what row_of() returns stays.
Result<void> HistoryWriter::store_line(std::string_view text, bool is_read) {
  PROCTREE_CHECK(begin());
  if (rows_.is_full()) PROCTREE_CHECK(rows_.flush());
  Stream& stream = *PROCTREE_TRY(find_stream(line().stream));
  if (line().type_name == "segment") return {};
  if (line().seq == 0) return line().kind == RecordKind::lost ? take_missing(stream, text) : Result<void>();
  if (!PROCTREE_TRY(streams_.add(stream, line().seq, line().realtime_ns, text))) return {};
  return is_read ? take_line(stream, text) : Result<void>();
}

Result<void> HistoryWriter::take_line(Stream& stream, std::string_view text) {
  const RecordedLine& line = this->line();
  if (line.type_name == "repeat") {
    return add_repeat_
        .bind(stream.id, signed_of(line.seq), signed_of(line.repeats), signed_of(line.totals.forks),
              signed_of(line.totals.execs), signed_of(line.totals.exits), signed_of(line.failures))
        .run();
  }
  if (!line.kind) return {};
  switch (*line.kind) {
    case RecordKind::start:
      return take_start(stream, text);
    case RecordKind::lost:
      return line.where == kLostByTracer || line.where == kLostBySpool ? take_missing(stream, text)
                                                                       : take_loss(stream);
    case RecordKind::resync:
      return add_resync_.bind(stream.id, signed_of(line.seq), line.realtime_ns).run();
    case RecordKind::stop:
      return set_stop_.bind(stream.id, line.realtime_ns).run();
    default:
      return take_process(stream);
  }
}

// A process whose start isn't known can't be distinguished from others with its pid: only its lines are
// stored.
Result<void> HistoryWriter::take_process(Stream& stream) {
  const RecordedLine& line = this->line();
  if (line.task.self.start_ns == 0) return {};
  PROCTREE_CHECK(clocks_.choose(stream.boot, realtime_of(0)));
  ProcessRow& row = *PROCTREE_TRY(row_of(stream, line.task.self));
  const int known = line.kind == RecordKind::fork ? 3 : line.kind == RecordKind::process ? 2 : 1;
  PROCTREE_CHECK(set_birth(stream, row, known));
  if (line.kind == RecordKind::process) {
    stream.has_snapshot |= !line.resynced;
    const std::int64_t seen = time_after_birth(row);
    if (!row.seen_ns || *row.seen_ns < seen) {
      row.seen_ns = seen;
      rows_.set_changed(row);
    }
  }
  if (line.kind == RecordKind::exec || line.kind == RecordKind::process)
    PROCTREE_CHECK(take_image(stream, row));
  if (line.kind == RecordKind::exit) take_exit(stream, row);
  if (line.creator_start_ns != 0 && line.creator) {
    const int edge = line.kind == RecordKind::fork ? 0
                     : line.ancestors.empty()      ? ProcessRow::kNoEdge
                                                   : static_cast<int>(line.ancestors.front().edge);
    PROCTREE_CHECK(set_creator(stream, row, *line.creator, edge));
  } else if (line.creator_pid && !row.has_creator() && row.creator_pid != std::int64_t{*line.creator_pid}) {
    row.creator_pid = *line.creator_pid;
    row.has_new_creator = true;
    rows_.set_changed(row);
  }
  return take_ancestors(stream);
}

// Counted since the boot, which no setting of the wall clock changes. What its readings differ by is no
// setting: then the line's own time counts.
std::int64_t HistoryWriter::time_after_birth(const ProcessRow& row) const {
  const std::int64_t by_clock = row.id - row.shift_ns;
  const std::uint64_t start = row.key.start_ns;
  const std::uint64_t lived = line().ktime_ns > start ? line().ktime_ns - start : 0;
  constexpr std::int64_t kMost = std::numeric_limits<std::int64_t>::max();
  const auto most = static_cast<std::uint64_t>(kMost - std::max<std::int64_t>(by_clock, 0));
  const std::int64_t time = by_clock + signed_of(std::min(lived, most));
  const std::int64_t own = line().realtime_ns;
  return own >= by_clock && own - kMillisecond <= time && time - kMillisecond <= own ? own : time;
}

std::int64_t HistoryWriter::realtime_of(std::uint64_t ktime_ns) const {
  return line().realtime_ns - signed_of(line().ktime_ns) + signed_of(ktime_ns);
}

Result<HistoryWriter::Stream*> HistoryWriter::find_stream(std::string_view name) {
  Stream* stream = PROCTREE_TRY(streams_.at(name));
  PROCTREE_CHECK(clocks_.load(stream->boot));
  return stream;
}

Result<ProcessRow*> HistoryWriter::row_of(const Stream& stream, const ProcKey& key) {
  return rows_.at(stream.boot, clocks_.of(stream.boot), key);
}

// What the line's process is.
Result<std::int64_t> HistoryWriter::program_id() {
  const RecordedLine& line = this->line();
  return programs_.id({.comm = line.task.comm,
                       .exe = line.image.exe,
                       .user = line.user,
                       .cgroup = line.task.cgroup,
                       .entry = line.entry ? entry_type_name(line.entry->type) : std::string_view()});
}

// Facts of a birth are those of its fork, else of the earliest line of the best kind.
Result<void> HistoryWriter::set_birth(const Stream& stream, ProcessRow& row, int known) {
  const RecordedLine& line = this->line();
  const std::int64_t reported = time_after_birth(row);
  if (known < row.known || (known == row.known && reported >= row.reported_ns)) return {};
  const std::int64_t born = realtime_of(line.task.self.start_ns);
  const std::int64_t by_clock = row.id - row.shift_ns;
  const bool is_elsewhere =
      born - by_clock > ProcessRow::kBornNearNs || by_clock - born > ProcessRow::kBornNearNs;
  row.known = known;
  row.reported_ns = known == 3 && reported - by_clock < kMillisecond ? by_clock : reported;
  row.born_ns = is_elsewhere ? std::optional(born) : std::nullopt;
  // Where the clock was set, lines of a later setting may have come first.
  const ClockSetting& clock = clocks_.of(stream.boot).back();
  const std::int64_t off = born - clock.began_ns - signed_of(line.task.self.start_ns);
  if (off >= -kClockStepNs && off <= kClockStepNs) rows_.set_clock(row, clock);
  row.program = PROCTREE_TRY(program_id());
  row.stream = stream.id;
  row.seq = signed_of(line.seq);
  rows_.set_changed(row);
  return programs_.note_use(*row.program, row.id);
}

// A fork says who the creator is; a snapshot may show the reaper of an orphan instead.
Result<void> HistoryWriter::set_creator(const Stream& stream, ProcessRow& row, const ProcKey& creator,
                                        int edge) {
  if (creator.start_ns == 0 || (row.has_creator() && edge >= row.edge)) return {};
  row.creator = (PROCTREE_TRY(row_of(stream, creator)))->id;
  row.creator_pid.reset();
  row.edge = edge;
  row.has_new_creator = true;
  rows_.set_changed(row);
  return {};
}

Result<void> HistoryWriter::take_image(const Stream& stream, const ProcessRow& row) {
  const RecordedLine& line = this->line();
  const bool observed = line.kind == RecordKind::exec;
  // Where the kernel's number isn't known, its time stands for it, below all numbers.
  const std::int64_t number = line.task.exec_seq == kUnknownSeq
                                  ? signed_of(line.ktime_ns) - ProcessRow::kNever
                                  : signed_of(line.task.exec_seq);
  const std::int64_t program = PROCTREE_TRY(program_id());
  PROCTREE_CHECK(programs_.note_use(program, row.id));
  return add_image_
      .bind(row.id, number, time_after_birth(row) - row.id, std::int64_t{observed}, program, stream.id,
            signed_of(line.seq))
      .run();
}

// An observed one counts before one that a resync found; of two of these the earlier.
void HistoryWriter::take_exit(const Stream& stream, ProcessRow& row) {
  const RecordedLine& line = this->line();
  const bool inferred = line.resynced.has_value();
  const std::int64_t lived = time_after_birth(row) - row.id;
  if (row.lived_ns &&
      (inferred > row.end_inferred || (inferred == row.end_inferred && lived >= *row.lived_ns)))
    return;
  const int status = static_cast<int>(line.exit.status);
  const bool has_usage = line.exit.usage_known;
  row.lived_ns = lived;
  row.end_inferred = inferred;
  row.signal =
      !inferred && WIFSIGNALED(status) ? std::optional(std::int64_t{WTERMSIG(status)}) : std::nullopt;
  row.exit_code = !inferred && !row.signal ? std::optional(std::int64_t{WEXITSTATUS(status)}) : std::nullopt;
  row.user_ns = has_usage ? std::optional(signed_of(line.exit.user_ns)) : std::nullopt;
  row.system_ns = has_usage ? std::optional(signed_of(line.exit.system_ns)) : std::nullopt;
  row.max_rss_kb = line.exit.max_rss_known ? maybe_of(line.exit.max_rss_kb) : std::nullopt;
  row.exit_stream = stream.id;
  row.exit_seq = signed_of(line.seq);
  rows_.set_changed(row);
}

// Not where each of them has been applied.
bool HistoryWriter::wants_ancestors(const RecordedLine& line) const {
  const Stream* stream = streams_.find(line.stream);
  if (stream == nullptr || !line.creator_pid || line.creator_start_ns == 0) return true;
  const std::int64_t boot = stream->boot;
  const ProcessRow* creator = rows_.find(boot, {*line.creator_pid, line.creator_start_ns});
  if (creator == nullptr || !creator->has_complete_line) return true;
  const ProcessRow* row = rows_.find(boot, line.task.self);
  return row == nullptr || !row->has_creator();
}

// For processes without a line of their own, what the lines of others say: the earliest.
Result<void> HistoryWriter::take_ancestors(const Stream& stream) {
  const auto& ancestors = line().ancestors;
  for (std::size_t i = 0; i < ancestors.size(); ++i) {
    const RecordedAncestor& ancestor = ancestors[i];
    if (ancestor.self.start_ns == 0 || ancestor.folded != 0) return {};
    ProcessRow& row = *PROCTREE_TRY(row_of(stream, ancestor.self));
    const std::int64_t reported = time_after_birth(row);
    if (ancestor.known && row.known == 0 && reported < row.reported_ns) {
      row.reported_ns = reported;
      row.program = PROCTREE_TRY(programs_.id(
          {.comm = ancestor.comm, .exe = ancestor.exe, .user = ancestor.user, .cgroup = {}, .entry = {}}));
      PROCTREE_CHECK(programs_.note_use(*row.program, row.id));
      rows_.set_changed(row);
    }
    if (i + 1 < ancestors.size() && ancestors[i + 1].folded == 0) {
      PROCTREE_CHECK(
          set_creator(stream, row, ancestors[i + 1].self, static_cast<int>(ancestors[i + 1].edge)));
    }
  }
  bool is_complete = !line().ancestors_truncated;
  for (auto ancestor = ancestors.rbegin(); is_complete && ancestor != ancestors.rend(); ++ancestor) {
    ProcessRow& row = *PROCTREE_TRY(row_of(stream, ancestor->self));
    is_complete = row.known >= 2 && row.has_creator();
    row.has_complete_line = is_complete;
  }
  return {};
}

Result<void> HistoryWriter::take_loss(const Stream& stream) {
  const RecordedLine& line = this->line();
  std::optional<std::int64_t> since;
  if (line.lost.since_ns != 0) since = realtime_of(line.lost.since_ns);
  const std::int64_t until = line.lost.until_ns != 0 ? realtime_of(line.lost.until_ns) : line.realtime_ns;
  return add_loss_
      .bind(
          stream.id, signed_of(line.seq),
          line.where.empty() ? std::string_view("ring") : std::string_view(line.where).substr(0, kPlaceMost),
          since, until, line.where == "restart" ? std::nullopt : std::optional(signed_of(line.lost.count)))
      .run();
}

// A follower's report has no number, and says the stream's head where the first line is missing.
Result<void> HistoryWriter::take_missing(Stream& stream, std::string_view text) {
  const RecordedLine& line = this->line();
  constexpr std::uint64_t kMost = std::numeric_limits<std::int64_t>::max();
  if (line.seq_from == 0 || line.seq_to < line.seq_from || line.seq_to >= kMost) return {};
  const bool is_of_follower = line.seq == 0;
  const std::uint64_t until = line.lost.until_ns != 0 ? line.lost.until_ns : line.ktime_ns;
  LostRange range{line.seq_to, {is_of_follower, realtime_of(until), until}, {}};
  if (is_of_follower && has_differences(text)) range.line = text;
  Streams::add_lost(stream, line.seq_from, std::move(range));
  return is_of_follower ? take_start(stream, text) : Result<void>();
}

Result<void> HistoryWriter::take_start(const Stream& stream, std::string_view text) {
  const RecordedLine& line = this->line();
  if (!line.host_name.empty() || !line.host_id.empty()) {
    const auto machine = maybe_text(line.host_id);
    auto host = PROCTREE_TRY(find_host_.bind(machine, line.host_name).one());
    if (!host) host = PROCTREE_TRY(add_host_.bind(machine, line.host_name).one());
    PROCTREE_CHECK(set_host_.bind(stream.boot, host).run());
  }
  constexpr std::string_view kNothing = "{}";
  std::string_view host = kNothing;
  std::string_view tracer = kNothing;
  JsonCursor cursor;
  cursor.start(text);
  if (!cursor.begin_object()) return {};
  for (std::string_view key; cursor.next_key(key);) {
    if (!(key == "host" ? cursor.raw(host) : key == "tracer" ? cursor.raw(tracer) : cursor.skip())) break;
  }
  constexpr std::size_t kHeadMost = 65'536;
  if (host != kNothing && host.size() + tracer.size() <= kHeadMost)
    PROCTREE_CHECK(set_head_.bind(stream.id, host, tracer).run());
  return set_start_
      .bind(stream.id, maybe_text(line.source), maybe_text(line.tracer_version),
            line.type_name == "start" && line.seq == 1 ? std::optional(line.realtime_ns) : std::nullopt)
      .run();
}

Result<void> HistoryWriter::take_head(const std::string& stream, const std::string& host,
                                      const std::string& tracer) {
  if (stream.size() <= kBootDigits || host == "{}") return {};
  // As a `segment` says it, read as one is.
  const std::string text = R"({"v":)" + std::to_string(kLineVersion) + R"(,"type":"segment","stream":")" +
                           stream + R"(","seq":0,"time":"1970-01-01T00:00:00Z","ktime_ns":0,"host":)" + host +
                           R"(,"tracer":)" + tracer + "}";
  if (!parser_.parse(text)) return {};
  PROCTREE_CHECK(begin());
  return take_start(*PROCTREE_TRY(find_stream(stream)), text);
}

Result<void> HistoryWriter::commit() {
  static_cast<void>(PROCTREE_TRY(end_transaction()));
  return {};
}

Result<void> HistoryWriter::set_bounds(const HistoryBounds& bounds) {
  retention_.emplace(bounds);
  return retention_->prepare(database_);
}

Result<void> HistoryWriter::keep_bounds() {
  for (bool has_more = retention_.has_value(); has_more;) {
    PROCTREE_CHECK(begin());
    has_more = PROCTREE_TRY(end_transaction());
  }
  return {};
}

// True: more is beyond the bounds.
Result<bool> HistoryWriter::end_transaction() {
  if (has_failed_)
    return fail(ErrorCode::io,
                database_.name() + ": a line could not be stored, and none since the last second is",
                "run it again: it goes on from there");
  if (!is_open_) return false;
  auto stored = store_and_drop();
  has_failed_ = is_open_ = !stored.has_value();
  return stored;
}

Result<bool> HistoryWriter::store_and_drop() {
  PROCTREE_CHECK(streams_.flush());
  PROCTREE_CHECK(rows_.flush());
  HistoryRetention::Swept swept;
  if (retention_) swept = PROCTREE_TRY(retention_->sweep(realtime_now_ns()));
  if (swept.processes) rows_.forget();
  if (swept.programs) programs_.forget();
  PROCTREE_CHECK(database_.commit());
  return swept.has_more;
}

}  // namespace proctree
