// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "history/ingest.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/wait.h>

#include <algorithm>
#include <functional>
#include <limits>
#include <utility>

#include "base/json.hpp"
#include "base/try.hpp"
#include "history/schema.hpp"
#include "tree/container.hpp"
#include "tree/entry_type.hpp"

namespace proctree {

namespace {

// What is remembered of strings and processes; more is asked of the file again.
constexpr std::size_t kStringsMost = 65'536;
constexpr std::size_t kRowsMost = 262'144;
constexpr std::size_t kBootDigits = 16;

constexpr std::int64_t kNever = std::numeric_limits<std::int64_t>::max();

std::int64_t signed_of(std::uint64_t number) { return static_cast<std::int64_t>(number); }

std::optional<std::int64_t> maybe_of(std::uint64_t number) {
  return number == 0 ? std::nullopt : std::optional(signed_of(number));
}

std::optional<std::string_view> maybe_text(std::string_view text) {
  return text.empty() ? std::nullopt : std::optional(text);
}

std::optional<std::string_view> entry_of(const RecordedLine& line) {
  return line.entry ? std::optional(entry_type_name(line.entry->type)) : std::nullopt;
}

}  // namespace

std::size_t HistoryWriter::KeyHash::operator()(const Key& key) const {
  return std::hash<std::uint64_t>{}((key.start_ns * 0x9e3779b97f4a7c15U) ^ (std::uint64_t{key.pid} << 20) ^
                                    static_cast<std::uint64_t>(key.boot));
}

Result<std::unique_ptr<HistoryWriter>> HistoryWriter::open(const std::string& path) {
  auto database = PROCTREE_TRY(open_history_to_write(path));
  FileDescriptor lock(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!lock.valid()) return fail_errno(path + ": cannot be opened", errno);
  if (::flock(lock.get(), LOCK_EX | LOCK_NB) != 0)
    return fail(ErrorCode::io, path + ": another process fills this store", "wait until that has ended");
  std::unique_ptr<HistoryWriter> writer(new HistoryWriter(std::move(database), std::move(lock)));
  PROCTREE_CHECK(writer->prepare());
  return writer;
}

Result<void> HistoryWriter::prepare() {
  const auto make = [this](Statement& into, std::string_view sql) -> Result<void> {
    into = PROCTREE_TRY(database_.prepare(sql));
    return {};
  };
  PROCTREE_CHECK(make(find_string_, "SELECT id FROM string WHERE text = ?1"));
  PROCTREE_CHECK(make(add_string_, "INSERT INTO string(text) VALUES(?1) RETURNING id"));
  PROCTREE_CHECK(make(find_args_, "SELECT id, list FROM args WHERE hash = ?1"));
  PROCTREE_CHECK(make(add_args_, "INSERT INTO args(hash, list) VALUES(?1, ?2) RETURNING id"));
  PROCTREE_CHECK(make(find_process_,
                      "SELECT id, known, told_ns, edge, creator IS NOT NULL OR creator_pid = 0 FROM process"
                      " WHERE boot = ?1 AND pid = ?2 AND start_ns = ?3"));
  PROCTREE_CHECK(
      make(add_process_,
           "INSERT INTO process(id, boot, pid, start_ns) VALUES(?1, ?2, ?3, ?4) ON CONFLICT DO NOTHING"));
  PROCTREE_CHECK(
      make(set_birth_,
           "UPDATE process SET known = ?2, told_ns = ?3, born_ns = ?4, comm = ?5, exe = ?6, user = ?7,"
           " container = coalesce(?8, container), entry = coalesce(?9, entry), stream = ?10, seq = ?11"
           " WHERE id = ?1"));
  PROCTREE_CHECK(
      make(set_creator_, "UPDATE process SET creator = ?2, creator_pid = ?3, edge = ?4 WHERE id = ?1"));
  PROCTREE_CHECK(
      make(set_seen_, "UPDATE process SET seen_ns = ?2 WHERE id = ?1 AND coalesce(seen_ns, 0) < ?2"));
  // One that was observed counts before one that a mending found; of two of these the earlier.
  PROCTREE_CHECK(
      make(set_exit_,
           "UPDATE process SET ended_ns = ?2, exit_code = ?3, signal = ?4, end_inferred = ?5, user_ns = ?6,"
           " system_ns = ?7, max_rss_kb = ?8, exit_stream = ?9, exit_seq = ?10 WHERE id = ?1 AND"
           " (ended_ns IS NULL OR coalesce(end_inferred, 0) > coalesce(?5, 0) OR"
           " (coalesce(end_inferred, 0) = coalesce(?5, 0) AND ended_ns > ?2))"));
  PROCTREE_CHECK(
      make(add_image_,
           "INSERT INTO image(process, exec_seq, at_ns, observed, comm, exe, args, user, cwd, container,"
           " entry, stream, seq) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)"
           " ON CONFLICT(process, exec_seq) DO UPDATE SET at_ns = excluded.at_ns,"
           " observed = excluded.observed, comm = excluded.comm, exe = excluded.exe,"
           " args = excluded.args, user = excluded.user, cwd = excluded.cwd,"
           " container = excluded.container, entry = excluded.entry, stream = excluded.stream,"
           " seq = excluded.seq WHERE excluded.observed > observed OR"
           " (excluded.observed = observed AND excluded.at_ns < at_ns)"));
  PROCTREE_CHECK(make(add_block_,
                      "INSERT INTO line_block(stream, seq_from, seq_to, first_ns, last_ns, lines)"
                      " VALUES(?1, ?2, ?3, ?4, ?5, ?6)"));
  PROCTREE_CHECK(
      make(add_loss_,
           "INSERT OR REPLACE INTO loss(stream, seq, seq_to, place, since_ns, until_ns, count, line)"
           " VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)"));
  PROCTREE_CHECK(make(add_resync_, "INSERT OR IGNORE INTO resync(stream, seq, at_ns) VALUES(?1, ?2, ?3)"));
  PROCTREE_CHECK(make(add_repeat_,
                      "INSERT OR IGNORE INTO repeat(stream, seq, of, forks, execs, exits, failures)"
                      " VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7)"));
  return make(set_stream_,
              "UPDATE stream SET first_ns = min(coalesce(first_ns, ?2), ?2), last_ns = max(coalesce(last_ns, "
              "?3), ?3),"
              " snapshot = max(snapshot, ?4) WHERE id = ?1");
}

Result<void> HistoryWriter::begin() {
  if (is_open_) return {};
  PROCTREE_CHECK(database_.execute("BEGIN IMMEDIATE"));
  is_open_ = true;
  return {};
}

Result<void> HistoryWriter::take(std::string_view text) {
  const auto parsed = parser_.parse(text);
  // What can't be read but for whose line it is stays as a line.
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

// Rows are forgotten before a line, never while one is taken: what row_of() returns stays.
Result<void> HistoryWriter::store_line(std::string_view text, bool is_read) {
  if (rows_.size() >= kRowsMost) rows_.clear();
  PROCTREE_CHECK(begin());
  Stream& stream = *PROCTREE_TRY(find_stream(line().stream));
  if (line().type_name == "segment") return {};
  if (line().seq == 0) return take_loss(stream, text);
  if (add_number(stream.ranges, line().seq) == Added::not_new) return {};
  stream.first_ns = stream.is_changed ? std::min(stream.first_ns, line().realtime_ns) : line().realtime_ns;
  stream.last_ns = stream.is_changed ? std::max(stream.last_ns, line().realtime_ns) : line().realtime_ns;
  stream.is_changed = true;
  stream.block.add(line().seq, line().realtime_ns, text);
  if (is_read) PROCTREE_CHECK(take_line(stream));
  return stream.block.is_full() ? store_block(stream) : Result<void>();
}

Result<void> HistoryWriter::take_line(Stream& stream) {
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
      return take_start(stream);
    case RecordKind::lost:
      return take_loss(stream, {});
    case RecordKind::resync:
      return add_resync_.bind(stream.id, signed_of(line.seq), line.realtime_ns).run();
    case RecordKind::stop: {
      auto stop = PROCTREE_TRY(database_.prepare("UPDATE stream SET stopped_ns = ?2 WHERE id = ?1"));
      return stop.bind(stream.id, line.realtime_ns).run();
    }
    default:
      return take_process(stream);
  }
}

// A process whose start isn't known can't be told from others that had its pid: its lines are kept, no more.
Result<void> HistoryWriter::take_process(Stream& stream) {
  const RecordedLine& line = this->line();
  if (line.task.self.start_ns == 0) return {};
  Row& row = *PROCTREE_TRY(row_of(stream, line.task.self));
  const int known = line.kind == RecordKind::fork ? 3 : line.kind == RecordKind::process ? 2 : 1;
  PROCTREE_CHECK(set_birth(stream, row, known));
  if (line.kind == RecordKind::process) {
    stream.has_snapshot |= !line.mended;
    PROCTREE_CHECK(set_seen_.bind(row.id, line.realtime_ns).run());
  }
  if (line.kind == RecordKind::exec || line.kind == RecordKind::process)
    PROCTREE_CHECK(take_image(stream, row));
  if (line.kind == RecordKind::exit) PROCTREE_CHECK(take_exit(stream, row));
  if (line.creator_start_ns != 0 && line.creator) {
    const int edge = line.kind == RecordKind::fork ? 0
                     : line.ancestors.empty()      ? kNoEdge
                                                   : static_cast<int>(line.ancestors.front().edge);
    PROCTREE_CHECK(set_creator(stream, row, *line.creator, edge));
  } else if (line.creator_pid && !row.has_creator) {
    PROCTREE_CHECK(
        set_creator_.bind(row.id, std::nullopt, std::int64_t{*line.creator_pid}, std::nullopt).run());
    row.has_creator = *line.creator_pid == 0;
  }
  return take_ancestors(stream);
}

std::int64_t HistoryWriter::realtime_of(std::uint64_t ktime_ns) const {
  return line().realtime_ns - signed_of(line().ktime_ns) + signed_of(ktime_ns);
}

Result<HistoryWriter::Row*> HistoryWriter::row_of(const Stream& stream, const ProcKey& key) {
  const Key at{stream.boot, key.pid, key.start_ns};
  if (const auto found = rows_.find(at); found != rows_.end()) return &found->second;
  Row row;
  find_process_.bind(stream.boot, std::int64_t{key.pid}, signed_of(key.start_ns));
  if (PROCTREE_TRY(find_process_.step())) {
    row = {find_process_.number(0), static_cast<int>(find_process_.number(1)),
           find_process_.maybe_number(2).value_or(kNever),
           static_cast<int>(find_process_.maybe_number(3).value_or(kNoEdge)), find_process_.number(4) != 0};
    find_process_.reset();
  } else {
    find_process_.reset();
    row.told_ns = kNever;
    // Two that were born at once take two numbers.
    for (row.id = realtime_of(key.start_ns);; ++row.id) {
      PROCTREE_CHECK(
          add_process_.bind(row.id, stream.boot, std::int64_t{key.pid}, signed_of(key.start_ns)).run());
      if (database_.changes() == 1) break;
    }
  }
  return &rows_.emplace(at, row).first->second;
}

// Facts of a birth are those of its fork, else of the earliest line of the best kind.
Result<void> HistoryWriter::set_birth(const Stream& stream, Row& row, int known) {
  const RecordedLine& line = this->line();
  if (known < row.known || (known == row.known && line.realtime_ns >= row.told_ns)) return {};
  row.known = known;
  row.told_ns = line.realtime_ns;
  constexpr std::int64_t kMillisecond = 1'000'000;
  const std::int64_t born = realtime_of(line.task.self.start_ns);
  const bool is_elsewhere = born - row.id > kMillisecond || row.id - born > kMillisecond;
  const auto comm = PROCTREE_TRY(string_id(line.task.comm));
  const auto exe = PROCTREE_TRY(string_id(line.image.exe));
  const auto user = PROCTREE_TRY(string_id(line.user));
  const Container container = container_of(line.task.cgroup);
  const auto container_id = PROCTREE_TRY(string_id(container.id()));
  return set_birth_
      .bind(row.id, std::int64_t{known}, row.told_ns, is_elsewhere ? std::optional(born) : std::nullopt, comm,
            exe, user, container_id, entry_of(line), stream.id, signed_of(line.seq))
      .run();
}

// A fork says who the creator is; a snapshot may show the reaper of an orphan instead.
Result<void> HistoryWriter::set_creator(const Stream& stream, Row& row, const ProcKey& creator, int edge) {
  if (creator.start_ns == 0 || (row.has_creator && edge >= row.edge)) return {};
  const std::int64_t id = (PROCTREE_TRY(row_of(stream, creator)))->id;
  row.has_creator = true;
  row.edge = edge;
  return set_creator_
      .bind(row.id, id, std::nullopt, edge == kNoEdge ? std::nullopt : std::optional(std::int64_t{edge}))
      .run();
}

Result<void> HistoryWriter::take_image(const Stream& stream, const Row& row) {
  const RecordedLine& line = this->line();
  const bool observed = line.kind == RecordKind::exec;
  // Where the kernel's number isn't known, its time stands for it, below all numbers.
  const std::int64_t number =
      line.task.exec_seq == kUnknownSeq ? signed_of(line.ktime_ns) - kNever : signed_of(line.task.exec_seq);
  const auto comm = PROCTREE_TRY(string_id(line.task.comm));
  const auto exe = PROCTREE_TRY(string_id(line.image.exe));
  const auto args = PROCTREE_TRY(args_id());
  const auto user = PROCTREE_TRY(string_id(line.user));
  const auto cwd = PROCTREE_TRY(string_id(line.image.cwd));
  const Container container = container_of(line.task.cgroup);
  const auto container_id = PROCTREE_TRY(string_id(container.id()));
  return add_image_
      .bind(row.id, number, line.realtime_ns, std::int64_t{observed}, comm, exe, args, user, cwd,
            container_id, entry_of(line), stream.id, signed_of(line.seq))
      .run();
}

Result<void> HistoryWriter::take_exit(const Stream& stream, const Row& row) {
  const RecordedLine& line = this->line();
  const bool inferred = line.mended.has_value();
  const int status = static_cast<int>(line.exit.status);
  std::optional<std::int64_t> code;
  std::optional<std::int64_t> signal;
  if (!inferred && WIFSIGNALED(status)) signal = WTERMSIG(status);
  if (!inferred && !signal) code = WEXITSTATUS(status);
  const auto usage = [&line](std::uint64_t value) {
    return line.exit.usage_known ? std::optional(signed_of(value)) : std::nullopt;
  };
  return set_exit_
      .bind(row.id, line.realtime_ns, code, signal, inferred ? std::optional(std::int64_t{1}) : std::nullopt,
            usage(line.exit.user_ns), usage(line.exit.system_ns),
            line.exit.max_rss_known ? maybe_of(line.exit.max_rss_kb) : std::nullopt, stream.id,
            signed_of(line.seq))
      .run();
}

// Of those who have no line of their own, what the lines of others say: the earliest.
Result<void> HistoryWriter::take_ancestors(const Stream& stream) {
  const auto& ancestors = line().ancestors;
  for (std::size_t i = 0; i < ancestors.size(); ++i) {
    const RecordedAncestor& ancestor = ancestors[i];
    if (ancestor.self.start_ns == 0 || ancestor.folded != 0) return {};
    Row& row = *PROCTREE_TRY(row_of(stream, ancestor.self));
    if (ancestor.known && row.known == 0 && line().realtime_ns < row.told_ns) {
      row.told_ns = line().realtime_ns;
      const auto comm = PROCTREE_TRY(string_id(ancestor.comm));
      const auto exe = PROCTREE_TRY(string_id(ancestor.exe));
      const auto user = PROCTREE_TRY(string_id(ancestor.user));
      PROCTREE_CHECK(set_birth_
                         .bind(row.id, std::int64_t{0}, row.told_ns, std::nullopt, comm, exe, user,
                               std::nullopt, std::nullopt, std::nullopt, std::nullopt)
                         .run());
    }
    if (i + 1 < ancestors.size() && ancestors[i + 1].folded == 0) {
      PROCTREE_CHECK(
          set_creator(stream, row, ancestors[i + 1].self, static_cast<int>(ancestors[i + 1].edge)));
    }
  }
  return {};
}

Result<void> HistoryWriter::take_loss(const Stream& stream, std::string_view text) {
  const RecordedLine& line = this->line();
  if (line.kind != RecordKind::lost) return {};
  const bool of_lines = line.where == "spool" || line.where == "disk";
  const std::uint64_t from = line.seq != 0 ? line.seq : line.seq_from;
  const std::uint64_t to = of_lines ? line.seq_to : from;
  std::optional<std::int64_t> since;
  if (!of_lines && line.lost.since_ns != 0) since = realtime_of(line.lost.since_ns);
  const std::int64_t until = line.lost.until_ns != 0 ? realtime_of(line.lost.until_ns) : line.realtime_ns;
  return add_loss_
      .bind(stream.id, signed_of(from), signed_of(to),
            line.where.empty() ? std::string_view("ring") : line.where, since, until,
            line.where == "restart" ? std::nullopt : std::optional(signed_of(line.lost.count)),
            maybe_text(text))
      .run();
}

Result<void> HistoryWriter::take_start(Stream& stream) {
  const RecordedLine& line = this->line();
  if (!line.host_name.empty() || !line.host_id.empty()) {
    auto find = PROCTREE_TRY(database_.prepare(
        "SELECT id FROM host WHERE machine_id IS ?1 AND (name = ?2 OR machine_id IS NOT NULL)"));
    std::int64_t host = 0;
    if (PROCTREE_TRY(find.bind(maybe_text(line.host_id), line.host_name).step())) {
      host = find.number(0);
    } else {
      auto add =
          PROCTREE_TRY(database_.prepare("INSERT INTO host(machine_id, name) VALUES(?1, ?2) RETURNING id"));
      PROCTREE_TRY(add.bind(maybe_text(line.host_id), line.host_name).step());
      host = add.number(0);
    }
    auto set = PROCTREE_TRY(database_.prepare("UPDATE boot SET host = ?2 WHERE id = ?1"));
    PROCTREE_CHECK(set.bind(stream.boot, host).run());
  }
  auto set = PROCTREE_TRY(
      database_.prepare("UPDATE stream SET source = coalesce(?2, source), version = coalesce(?3, version),"
                        " started_ns = coalesce(?4, started_ns) WHERE id = ?1"));
  return set
      .bind(stream.id, maybe_text(line.source), maybe_text(line.tracer_version),
            line.type_name == "start" && line.seq == 1 ? std::optional(line.realtime_ns) : std::nullopt)
      .run();
}

Result<void> HistoryWriter::take_head(const std::string& stream, const std::string& host,
                                      const std::string& tracer) {
  if (stream.size() <= kBootDigits || host == "{}") return {};
  // As a `segment` says it, read as one is.
  const std::string text = R"({"v":1,"type":"segment","stream":")" + stream +
                           R"(","seq":0,"time":"1970-01-01T00:00:00Z","ktime_ns":0,"host":)" + host +
                           R"(,"tracer":)" + tracer + "}";
  if (!parser_.parse(text)) return {};
  PROCTREE_CHECK(begin());
  return take_start(*PROCTREE_TRY(find_stream(stream)));
}

Result<HistoryWriter::Stream*> HistoryWriter::find_stream(std::string_view name) {
  if (const auto found = streams_.find(name); found != streams_.end()) return &found->second;
  Stream stream;
  auto add_boot =
      PROCTREE_TRY(database_.prepare("INSERT INTO boot(prefix) VALUES(?1) ON CONFLICT DO NOTHING"));
  const std::string_view prefix = name.substr(0, kBootDigits);
  PROCTREE_CHECK(add_boot.bind(prefix).run());
  auto find_boot = PROCTREE_TRY(database_.prepare("SELECT id FROM boot WHERE prefix = ?1"));
  PROCTREE_TRY(find_boot.bind(prefix).step());
  stream.boot = find_boot.number(0);
  auto add =
      PROCTREE_TRY(database_.prepare("INSERT INTO stream(name, boot) VALUES(?1, ?2) ON CONFLICT DO NOTHING"));
  PROCTREE_CHECK(add.bind(name, stream.boot).run());
  auto find = PROCTREE_TRY(database_.prepare("SELECT id FROM stream WHERE name = ?1"));
  PROCTREE_TRY(find.bind(name).step());
  stream.id = find.number(0);
  auto ranges = PROCTREE_TRY(database_.prepare("SELECT seq_from, seq_to FROM ingested WHERE stream = ?1"));
  ranges.bind(stream.id);
  while (PROCTREE_TRY(ranges.step()))
    stream.ranges[static_cast<std::uint64_t>(ranges.number(0))] =
        static_cast<std::uint64_t>(ranges.number(1));
  stream.stored_ranges = stream.ranges;
  return &streams_.emplace(std::string(name), std::move(stream)).first->second;
}

Result<std::optional<std::int64_t>> HistoryWriter::string_id(std::string_view text) {
  if (text.empty()) return std::nullopt;
  scratch_ = text;
  if (const auto found = strings_.find(scratch_); found != strings_.end()) return found->second;
  if (strings_.size() >= kStringsMost) strings_.clear();
  std::int64_t id = 0;
  if (PROCTREE_TRY(find_string_.bind(text).step())) {
    id = find_string_.number(0);
  } else {
    PROCTREE_TRY(add_string_.bind(text).step());
    id = add_string_.number(0);
    add_string_.reset();
  }
  find_string_.reset();
  strings_.emplace(scratch_, id);
  return id;
}

// The list as its line has it, in JSON.
Result<std::optional<std::int64_t>> HistoryWriter::args_id() {
  const ImageFacts& image = line().image;
  if (!image.args_known) return std::nullopt;
  std::string_view joined = image.args;
  if (joined.ends_with('\0')) joined.remove_suffix(1);
  scratch_ = joined;
  scratch_ += image.args.empty() ? '\1' : '\0';  // no argument at all, or one that is empty
  if (const auto found = args_.find(scratch_); found != args_.end()) return found->second;
  if (args_.size() >= kStringsMost) args_.clear();
  JsonWriter json;
  json.begin_array();
  for (std::string_view rest = joined; !image.args.empty();) {
    const std::size_t end = rest.find('\0');
    json.string(rest.substr(0, end));
    if (end == std::string_view::npos) break;
    rest.remove_prefix(end + 1);
  }
  json.end_array();
  // Of what can't be told from the list alone two may share a hash, and none an entry.
  const std::int64_t hash = static_cast<std::int64_t>(std::hash<std::string_view>{}(json.text()) >> 24);
  std::int64_t id = 0;
  find_args_.bind(hash);
  while (id == 0 && PROCTREE_TRY(find_args_.step())) {
    if (find_args_.text(1) == json.text()) id = find_args_.number(0);
  }
  find_args_.reset();
  if (id == 0) {
    PROCTREE_TRY(add_args_.bind(hash, json.text()).step());
    id = add_args_.number(0);
    add_args_.reset();
  }
  args_.emplace(scratch_, id);
  return id;
}

Result<void> HistoryWriter::store_block(Stream& stream) {
  if (stream.block.is_empty()) return {};
  const auto from = signed_of(stream.block.seq_from());
  const auto to = signed_of(stream.block.seq_to());
  const std::int64_t first = stream.block.first_ns();
  const std::int64_t last = stream.block.last_ns();
  const std::string_view packed = PROCTREE_TRY(stream.block.take());
  add_block_.bind(stream.id, from, to, first, last);
  add_block_.bind_blob(6, packed);
  return add_block_.run();
}

// Only what has changed since the last time.
Result<void> HistoryWriter::store_ranges(Stream& stream) {
  auto remove = PROCTREE_TRY(database_.prepare("DELETE FROM ingested WHERE stream = ?1 AND seq_from = ?2"));
  auto put = PROCTREE_TRY(database_.prepare("INSERT OR REPLACE INTO ingested VALUES(?1, ?2, ?3)"));
  for (const auto& [from, to] : stream.stored_ranges) {
    if (!stream.ranges.contains(from)) PROCTREE_CHECK(remove.bind(stream.id, signed_of(from)).run());
  }
  for (const auto& [from, to] : stream.ranges) {
    const auto stored = stream.stored_ranges.find(from);
    if (stored != stream.stored_ranges.end() && stored->second == to) continue;
    PROCTREE_CHECK(put.bind(stream.id, signed_of(from), signed_of(to)).run());
  }
  stream.stored_ranges = stream.ranges;
  return {};
}

Result<void> HistoryWriter::commit() {
  if (has_failed_)
    return fail(ErrorCode::io,
                database_.path() + ": a line could not be stored, and none since the last second is",
                "run it again: it goes on from there");
  if (!is_open_) return {};
  auto done = end_transaction();
  if (!done) has_failed_ = true;
  return done;
}

Result<void> HistoryWriter::end_transaction() {
  for (auto& [name, stream] : streams_) {
    if (!stream.is_changed) continue;
    PROCTREE_CHECK(store_block(stream));
    PROCTREE_CHECK(store_ranges(stream));
    PROCTREE_CHECK(
        set_stream_.bind(stream.id, stream.first_ns, stream.last_ns, std::int64_t{stream.has_snapshot})
            .run());
    stream.is_changed = false;
  }
  PROCTREE_CHECK(database_.execute("COMMIT"));
  is_open_ = false;
  return {};
}

}  // namespace proctree
