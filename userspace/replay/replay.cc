// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "replay/replay.hpp"

#include <algorithm>
#include <utility>

#include "base/try.hpp"
#include "tree/process_id.hpp"

namespace proctree {

namespace {

// What every line of a proctree's begins with, and so what a torn one does, as far as it goes.
constexpr std::string_view kLineBegin = "{\"v\":1,\"type\":\"";

// After a crash of the machine itself NULs may be in place of what never reached the disk.
bool may_be_torn(std::string_view text) {
  text = text.substr(0, text.find('\0'));
  const std::size_t size = std::min(text.size(), kLineBegin.size());
  return text.substr(0, size) == kLineBegin.substr(0, size);
}

// Between records and behind the last: files were joined by hand, or an editor has been at work.
bool is_blank(std::string_view text) { return text.find_first_not_of(" \t\r") == std::string_view::npos; }

// Of the file, not of the stream: it has no number, and goes to no output.
bool is_segment(const RecordedLine& line) { return line.type_name == "segment"; }

Host host_of(const RecordedLine& line) {
  return {.name = std::string(line.host_name),
          .boot_id = std::string(line.boot_id),
          .id_prefix = id_prefix_of(line.boot_id),
          .kernel = std::string(line.kernel),
          .arch = std::string(line.arch),
          .stream = std::string(line.stream),
          .id = std::string(line.host_id)};
}

}  // namespace

Replay::Replay(RecordingReader& reader, ReplayOptions options)
    : reader_(reader),
      options_(std::move(options)),
      tree_(options_.retention, options_.filter.needs_marks() ? &options_.filter : nullptr),
      coverage_({options_.since, options_.until, options_.at}) {}

Result<bool> Replay::next() {
  auto more = read();
  if (more && *more) apply();
  return more;
}

Result<bool> Replay::read() {
  if (records_ != 0 && options_.keep_tree) tree_.forget(line().ktime_ns);
  while (true) {
    auto more = read_line();
    if (!more || !*more) return more;
    auto parsed = parse_line();
    if (!parsed) return parsed;
    if (!*parsed) continue;
    if (is_segment(line())) {
      begin_segment();
      continue;
    }
    if (!line().where.empty()) sequences_.account_for(line().stream, line().seq_from, line().seq_to);
    const bool begins = line().kind == RecordKind::start;
    if (sequences_.take({line().stream, line().seq, begins}, text_, reader_.place())) break;
    warnings_.repeated(reader_.place());
  }
  ++records_;
  coverage_.note(line());
  if (options_.on_origin && line().kind == RecordKind::start) options_.on_origin(text_);
  if (line().kind && !parser_.unknown_field().empty())
    warnings_.unknown_field(reader_.place(), parser_.unknown_field());
  return true;
}

// On to the next line that isn't blank, in one file or another; false: there is none.
Result<bool> Replay::read_line() {
  while (true) {
    const auto got = PROCTREE_TRY(reader_.next());
    const bool nuls = reader_.lines().skipped_nuls();
    LinePlace place = reader_.place();
    if (!got) ++place.line;
    if (nuls) warnings_.nuls(place);
    if (!got) {
      if (auto more = leave_file(); !more || !*more) return more;
    } else if (!is_blank(*got)) {
      text_ = *got;
      return true;
    } else if (!nuls) {
      warnings_.blank(place);
    }
  }
}

// False: there is no other file.
Result<bool> Replay::leave_file() {
  const LinePlace place = reader_.place();
  if (reader_.lines().is_cut_short())
    warnings_.cut_short({place.file, std::max<std::uint64_t>(place.line, 1)});
  if (!reader_.lines().ended()) excuse_damage();
  auto more = reader_.next_file();
  if (more && !*more && damage_) return at_line(damage_->first, damage_->error);
  return more;
}

// False: the line is one that a crash has left.
Result<bool> Replay::parse_line() {
  auto parsed = parser_.parse(text_);
  if (!parsed) {
    if (parser_.is_json() || !may_be_torn(text_))
      return damage_ ? at_line(damage_->first, damage_->error) : at_line(reader_.place(), parsed.error());
    note_damage(std::move(parsed.error()));
    return false;
  }
  if (!damage_) return true;
  if (line().kind != RecordKind::start && !is_segment(line())) return at_line(damage_->first, damage_->error);
  excuse_damage();
  return true;
}

// A starting tracer ends the line that its predecessor's crash left, and then writes its first.
void Replay::note_damage(Error error) {
  if (!damage_) damage_ = Damage{reader_.place(), 0, std::move(error)};
  ++damage_->lines;
}

void Replay::excuse_damage() {
  if (damage_) warnings_.torn(damage_->first, damage_->lines);
  damage_.reset();
}

tl::unexpected<Error> Replay::at_line(LinePlace place, const Error& error) const {
  Error named = error;
  named.message = reader_.name_of(place) + ": " + error.message;
  return tl::make_unexpected(std::move(named));
}

std::vector<std::string> Replay::warnings() {
  const Sequences::Gaps gaps = sequences_.gaps();
  warnings_.set_gaps(gaps.missing, gaps.count, gaps.first);
  return warnings_.texts(reader_);
}

// Where the file with a stream's `start` is gone: who wrote what follows, on which host and boot.
void Replay::begin_segment() {
  coverage_.note(line());
  take_origin();
}

void Replay::take_origin() {
  if (options_.on_origin) options_.on_origin(text_);
  if (line().boot_id.empty()) return;
  host_ = host_of(line());
  lacks_exits_ |= line().lists_events && !line().has_exits;
  tree_.continue_stream(line());
}

bool Replay::is_later() const { return options_.at && options_.at->is_before(line()); }

bool Replay::is_between_moments() const {
  return !(options_.since && options_.since->is_after(line())) &&
         !(options_.until && options_.until->is_before(line()));
}

void Replay::apply() {
  slot_ = kNoSlot;
  if (line().kind == RecordKind::fork || line().kind == RecordKind::exec)
    images_.note(line().stream, line().seq, line().task.self, line().ktime_ns);
  if (is_repeat() || is_hash()) return;
  if (!line().kind) {
    warnings_.unknown_type(reader_.place(), line().type_name);
  } else if (line().kind == RecordKind::start) {
    host_ = host_of(line());
    lacks_exits_ |= line().lists_events && !line().has_exits;
    tree_.begin_stream(line());
  } else if (line().kind == RecordKind::stop) {
    totals_ = line().totals;
    failed_execs_ = line().failed_execs;
  } else if (line().kind == RecordKind::lost && !line().boot_id.empty()) {
    take_origin();  // the stream's first line is among those that are missing
  } else if (line().kind == RecordKind::lost && line().lost.uid != kUnsetId) {
    if (!line().user.empty()) tree_.users().learn(line().lost.uid, line().user);  // it may have no other line
  } else if (line().is_of_process() && options_.keep_tree) {
    slot_ = tree_.apply(line());
    if (line().kind == RecordKind::exec || line().kind == RecordKind::process)
      options_.filter.note_image(tree_.table(), slot_, line().image);
    options_.filter.note_entry(tree_.table(), slot_, line().entry ? &*line().entry : nullptr);
  }
  if (line().kind) tree_.note_time(line().ktime_ns);
}

bool Replay::is_filtered() const {
  const EventSet& events = options_.events;
  return !options_.filter.empty() || !events.exec || !events.fork || !events.exit || options_.since ||
         options_.until;
}

bool Replay::matches() {
  if (!is_between_moments()) return false;
  if (options_.filter.empty() || !line().is_of_process()) return true;
  ProcessRecord asked = record();
  TaskFacts task =
      *asked.task;  // as Engine::write_resynced(): the user of a process whose end was missed is known
  if (line().resynced && slot_ != kNoSlot && !has_proc_facts(task)) task.uid = tree_.table().uid(slot_);
  asked.task = &task;
  const bool let_through = options_.filter.matches(tree_.table(), tree_.users(), asked);
  has_matched_ |= let_through;
  if (let_through && line().kind == RecordKind::exec) chosen_images_.note(line().task);
  return let_through;
}

bool Replay::chosen() {
  const RecordedLine& l = line();
  if (is_hash()) {
    return options_.events.exec && is_between_moments() &&
           (options_.filter.empty() || chosen_images_.has(l.task));
  }
  // Whether a filter would choose what we don't know is unknown.
  if (!l.kind) return !is_filtered();
  if (!l.is_of_process()) return is_between_moments();
  return options_.events.has(*l.kind) && matches();
}

ProcessRecord Replay::record() {
  ProcessRecord record;
  record.kind = *line().kind;
  record.head = head();
  record.slot = slot_;
  record.task = &line().task;
  record.recorded = &line().recorded;
  if (line().kind == RecordKind::process || line().kind == RecordKind::exec) record.image = &line().image;
  if (line().stdio) record.stdio = &*line().stdio;
  if (line().kind == RecordKind::exec) record.previous = line().previous;
  if (line().entry) record.entry = &*line().entry;
  record.entry_sure = !line().entry || line().entry->sure;
  if (line().kind == RecordKind::exit && !line().resynced) record.exit = &line().exit;
  if (line().kind == RecordKind::failed_exec) record.failed = &line().failed;
  return record;
}

RecordHead Replay::head() {
  return {line().ktime_ns, line().realtime_ns, &tree_.table(), &tree_.users(), &host_};
}

}  // namespace proctree
