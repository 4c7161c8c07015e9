// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "replay/replay.hpp"

#include <algorithm>
#include <utility>

#include "tree/process_id.hpp"

namespace proctree {

namespace {

// What every line of a proctree's begins with, and so what a torn one does, as far as it goes.
constexpr std::string_view kLineBegin = "{\"v\":1,\"type\":\"";

// Where the machine itself crashed, NULs may stand for what never reached the disk.
bool may_be_torn(std::string_view text) {
  text = text.substr(0, text.find('\0'));
  const std::size_t size = std::min(text.size(), kLineBegin.size());
  return text.substr(0, size) == kLineBegin.substr(0, size);
}

// Between records and behind the last: files were joined by hand, or an editor has been there.
bool is_blank(std::string_view text) { return text.find_first_not_of(" \t\r") == std::string_view::npos; }

}  // namespace

Replay::Replay(LineReader& lines, ReplayOptions options)
    : lines_(lines),
      options_(std::move(options)),
      tree_(options_.retention, options_.filter.needs_marks() ? &options_.filter : nullptr) {}

Result<bool> Replay::next() {
  auto more = read();
  if (more && *more) apply();
  return more;
}

Result<bool> Replay::read() {
  if (records_ != 0 && options_.keep_tree) tree_.forget(line().ktime_ns);
  while (true) {
    const auto got = lines_.next();
    if (!got) return tl::make_unexpected(got.error());
    if (!*got) return end_of_file();
    text_ = **got;
    if (is_blank(text_)) continue;
    auto parsed = parser_.parse(text_);
    if (!parsed) {
      if (parser_.is_json() || !may_be_torn(text_))
        return damage_ ? at_line(damage_->first_line, damage_->error)
                       : at_line(lines_.number(), parsed.error());
      note_damage(std::move(parsed.error()));
      continue;
    }
    if (damage_) {
      if (line().kind != RecordKind::start) return at_line(damage_->first_line, damage_->error);
      for (std::uint64_t i = 0; i < damage_->lines; ++i) notices_.torn(damage_->first_line + i);
      damage_.reset();
    }
    if (sequences_.take(line(), text_, lines_.number())) break;
    notices_.doubled(lines_.number());
  }
  ++records_;
  if (line().kind && !parser_.unknown_field().empty())
    notices_.unknown_field(lines_.number(), parser_.unknown_field());
  return true;
}

// A tracer that starts ends the line that a crash of the one before has left, and then writes its first.
void Replay::note_damage(Error error) {
  if (!damage_) damage_ = Damage{lines_.number(), 0, std::move(error)};
  ++damage_->lines;
}

Result<bool> Replay::end_of_file() {
  if (!damage_) return false;
  if (lines_.ended()) return at_line(damage_->first_line, damage_->error);
  for (std::uint64_t i = 0; i < damage_->lines; ++i) notices_.torn(damage_->first_line + i);
  damage_.reset();
  return false;
}

tl::unexpected<Error> Replay::at_line(std::uint64_t number, Error error) const {
  error.message = lines_.name() + " line " + std::to_string(number) + ": " + error.message;
  return tl::make_unexpected(std::move(error));
}

const ReplayWarnings& Replay::notices() {
  const Sequences::Gaps gaps = sequences_.gaps();
  notices_.set_gaps(gaps.missing, gaps.count, gaps.first_line);
  return notices_;
}

bool Replay::is_later() const {
  return (options_.until_ktime_ns && line().ktime_ns > *options_.until_ktime_ns) ||
         (options_.until_realtime_ns && line().realtime_ns > *options_.until_realtime_ns);
}

void Replay::apply() {
  slot_ = kNoSlot;
  if (!line().kind) {
    notices_.unknown_type(lines_.number(), line().type_name);
  } else if (line().kind == RecordKind::start) {
    host_ = {.name = std::string(line().host_name),
             .boot_id = std::string(line().boot_id),
             .id_prefix = id_prefix_of(line().boot_id),
             .kernel = std::string(line().kernel),
             .arch = std::string(line().arch),
             .stream = std::string(line().stream)};
    lacks_exits_ |= line().events_told && !line().has_exits;
    tree_.begin_stream(line());
  } else if (line().kind == RecordKind::stop) {
    totals_ = line().totals;
    failed_execs_ = line().failed_execs;
  } else if (line().is_of_process() && options_.keep_tree) {
    slot_ = tree_.apply(line());
    if (line().kind == RecordKind::exec || line().kind == RecordKind::process)
      options_.filter.note_image(tree_.table(), slot_, line().image);
  }
  if (line().kind) tree_.note_time(line().ktime_ns);
}

bool Replay::is_filtered() const {
  const EventSet& events = options_.events;
  return !options_.filter.empty() || !events.exec || !events.fork || !events.exit;
}

bool Replay::matches() {
  const RecordedLine& l = line();
  return options_.filter.empty() || !l.is_of_process() ||
         options_.filter.matches(tree_.table(), tree_.users(), record());
}

bool Replay::chosen() {
  const RecordedLine& l = line();
  // Whether a filter would choose what we don't know can't be told.
  if (!l.kind) return !is_filtered();
  if (!l.is_of_process()) return true;
  return options_.events.has(*l.kind) && matches();
}

ProcessRecord Replay::record() {
  ProcessRecord record;
  record.kind = *line().kind;
  record.head = head();
  record.slot = slot_;
  record.task = &line().task;
  if (line().kind == RecordKind::process || line().kind == RecordKind::exec) record.image = &line().image;
  if (line().kind == RecordKind::exec) record.previous = line().previous;
  if (line().kind == RecordKind::exit && !line().mended) record.exit = &line().exit;
  if (line().kind == RecordKind::failed_exec) record.failed = &line().failed;
  return record;
}

RecordHead Replay::head() {
  return {line().ktime_ns, line().realtime_ns, &tree_.table(), &tree_.users(), &host_};
}

}  // namespace proctree
