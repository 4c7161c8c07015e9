// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "sink/text_sink.hpp"

#include <algorithm>
#include <limits>

#include "base/append_number.hpp"
#include "base/escape.hpp"
#include "base/try.hpp"
#include "base/width.hpp"

namespace proctree {

namespace {

using Ink = TextStyle::Ink;

constexpr std::size_t kPidWidth = 7;  // pids end below 2^22
constexpr std::size_t kUserWidth = 8;
constexpr std::size_t kEventWidth = 4;
constexpr std::size_t kGap = 2;
constexpr std::size_t kCommandWidth = 44;      // where lines are not cut; also the most on a wide terminal
constexpr std::size_t kLongColumnsLeast = 24;  // below this the terminal is too narrow for columns
constexpr std::size_t kBytesPerColumn = 16;    // more of a text than this can never be shown

// Filling in by append(count, ' ') costs three times a copy of so few.
void put_spaces(std::string& out, std::size_t count) {
  constexpr std::string_view kSpaces = "                                                ";
  static_assert(kSpaces.size() >= kCommandWidth);
  for (; count > kSpaces.size(); count -= kSpaces.size()) out += kSpaces;
  out += kSpaces.substr(0, count);
}

void put_right(std::string& out, std::string_view text, std::size_t width) {
  put_spaces(out, width - std::min(width, text.size()));
  out += text;
}

void put_gap(std::string& out) { out += std::string_view("  ", kGap); }

std::string_view event_name(RecordKind kind) {
  switch (kind) {
    case RecordKind::process:
      return "runs";
    case RecordKind::fork:
      return "fork";
    case RecordKind::exec:
      return "exec";
    case RecordKind::failed_exec:
      return "fail";
    default:
      return "exit";
  }
}

Ink event_ink(RecordKind kind) {
  switch (kind) {
    case RecordKind::exec:
      return Ink::green;
    case RecordKind::fork:
      return Ink::cyan;
    case RecordKind::failed_exec:
      return Ink::red;
    default:
      return Ink::dim;
  }
}

}  // namespace

TextSink::TextSink(Output& output, TextOptions options)
    : output_(output),
      options_(options),
      style_(options.colour, options.charset),
      arrows_{.ancestors_max = options.ancestors_max, .top = {}, .former_names = false} {
  if (options.now_ns != 0) day_ = time_.format_date(options.now_ns);
}

std::size_t TextSink::prefix_width() const {
  return time_width() + 1 + kPidWidth + kGap + kUserWidth + kGap + (shows_event() ? kEventWidth + kGap : 0);
}

// There is no room for columns: lines are made for more and then cut.
bool TextSink::too_narrow() const {
  return options_.width != 0 && options_.width < prefix_width() + kLongColumnsLeast;
}

std::size_t TextSink::put_cut(std::string& out, std::string_view text, std::size_t columns) const {
  return append_fitting(out, text, columns, options_.charset);
}

void TextSink::put_left(std::string_view text, std::size_t width) {
  const std::size_t used = put_cut(line_, text, width);
  put_spaces(line_, width - std::min(width, used));
}

Result<void> TextSink::on_start(const StartRecord&) {
  if (!options_.header) return {};
  line_.clear();
  style_.begin(line_, Ink::bold);
  put_left("TIME", time_width() + 1);
  put_right(line_, "PID", kPidWidth);
  put_gap(line_);
  put_left("USER", kUserWidth);
  put_gap(line_);
  if (shows_event()) put_left("WHAT", kEventWidth + kGap);
  command_ = "COMMAND";
  lineage_ = "STARTED BY";
  put_long_columns();
  style_.end(line_, Ink::bold);
  return too_narrow() ? end_cut() : output_.append(line_);
}

Result<void> TextSink::on_process(const ProcessRecord& record) {
  if (!options_.events.has(record.kind)) return {};
  const TaskFacts& task = *record.task;
  const bool already_ran = record.kind == RecordKind::process;
  if (!already_ran) PROCTREE_CHECK(write_day(record.head));
  line_.clear();
  command_.clear();
  lineage_.clear();

  if (already_ran) {
    put_spaces(line_, time_width() + 1);
  } else {
    put_time(record.head);
  }
  cell_.clear();
  append_number(cell_, task.self.pid);
  put_right(line_, cell_, kPidWidth);
  put_gap(line_);
  cell_.clear();
  append_visible(cell_, has_proc_facts(task) ? record.head.users->name(task.uid) : "?", options_.charset);
  style_.begin(line_, Ink::cyan);
  put_left(cell_, kUserWidth);
  style_.end(line_, Ink::cyan);
  put_gap(line_);
  if (shows_event()) put_event(record.kind);

  const std::size_t bytes_max =
      options_.width == 0 ? std::numeric_limits<std::size_t>::max() : options_.width * kBytesPerColumn;
  if (record.image != nullptr) {
    append_command_line(command_, style_, task, *record.image, bytes_max);
  } else if (record.exit != nullptr) {
    append_ending(command_, style_, task, *record.exit);
  } else if (record.failed != nullptr) {
    append_failure(command_, style_, task, *record.failed, bytes_max);
  } else {
    append_task_name(command_, style_, task);
  }
  arrows_.former_names = record.image != nullptr || record.failed != nullptr;
  append_arrows(lineage_, style_, *record.head.table, record.slot, arrows_);
  put_long_columns();
  return too_narrow() ? end_cut() : output_.append(line_);
}

// Before the first line of a day that none before was of.
Result<void> TextSink::write_day(const RecordHead& head) {
  if (options_.dates) return {};
  const std::string_view day = time_.format_date(head.realtime_ns);
  if (day == day_) return {};
  day_ = day;
  line_.clear();
  style_.put(line_, Ink::bold, day);
  return end_cut();
}

void TextSink::put_time(const RecordHead& head) {
  style_.put(line_, Ink::dim,
             options_.dates ? time_.format_with_date(head.realtime_ns) : time_.format(head.realtime_ns));
  line_ += ' ';
}

void TextSink::put_event(RecordKind kind) {
  style_.put(line_, event_ink(kind), event_name(kind));
  put_gap(line_);
}

// The command has its column, and what the lineage leaves of the line; only where both don't fit, both are
// cut.
void TextSink::put_long_columns() {
  const std::size_t command_width = text_width(command_);
  if (options_.width == 0) {
    line_ += command_;
    if (lineage_.empty()) return;
    put_spaces(line_, kCommandWidth - std::min(kCommandWidth, command_width));
    put_gap(line_);
    line_ += lineage_;
    return;
  }
  const std::size_t room = too_narrow() ? kLongColumnsLeast : options_.width - prefix_width();
  if (lineage_.empty()) {
    put_cut(line_, command_, room);
    return;
  }
  const std::size_t column = std::min(kCommandWidth, (room - kGap) / 2);
  const std::size_t lineage_width = text_width(lineage_);
  const std::size_t left = room - kGap - std::min(room - kGap, lineage_width);
  const std::size_t used = put_cut(line_, command_, std::max(column, left));
  const std::size_t padded = std::max(used, column);
  put_spaces(line_, padded - used);
  put_gap(line_);
  put_cut(line_, lineage_, room - kGap - padded);
}

Result<void> TextSink::on_lost(const LostRecord& record) {
  const LostEvent& lost = record.lost;
  command_.clear();
  const bool harmless = lost.count == lost.failed_execs;
  if (lost.count != 0) {
    append_number(command_, lost.count);
    command_ += harmless ? " failed exec" : " event";
    command_ += lost.count == 1 ? " lost" : "s lost";
    if (lost.bad_record) command_ += ", an unusable record of the kernel's,";
  } else {
    command_ += "an unusable record of the kernel's";
  }
  if (lost.until_ns > lost.since_ns) {
    command_ += " within ";
    append_duration(command_, lost.until_ns - lost.since_ns, options_.charset);
  }
  if (lost.uid != kUnsetId) {
    command_ += ", all of user ";
    append_visible(command_, record.head.users->name(lost.uid), options_.charset);
  } else if (!lost.cgroup.empty()) {
    command_ += ", all of the cgroup ";
    append_visible(command_, lost.cgroup, options_.charset);
  }
  if (!harmless) command_ += ": processes may be missing above";
  return put_notice(record.head, command_);
}

Result<void> TextSink::on_gap(const GapRecord& record) {
  command_.clear();
  if (record.seq_to == 0) {
    command_ = "no tracer ran";
    if (record.since_ns == 0) command_ += " before, nor did it when the host was started";
  } else {
    append_number(command_, record.seq_to - record.seq_from + 1);
    command_ += record.seq_to == record.seq_from ? " line is missing" : " lines are missing";
    command_ += record.where == "disk" ? ": the disk of the spool had no room"
                                       : ": the spool had dropped them before they were read";
  }
  if (record.since_ns != 0 && record.until_ns > record.since_ns) {
    command_ += " for ";
    append_duration(command_, record.until_ns - record.since_ns, options_.charset);
  }
  command_ += ": processes may be missing above";
  return put_notice(record.head, command_);
}

Result<void> TextSink::on_resync(const ResyncRecord& record) {
  command_ = "tree mended in ";
  append_duration(command_, record.mending.took_ns, options_.charset);
  command_ += ": ";
  append_number(command_, record.mending.added);
  command_ += " added, ";
  append_number(command_, record.mending.exited);
  command_ += " ended, ";
  append_number(command_, record.mending.corrected);
  command_ += " corrected";
  return put_notice(record.head, command_);
}

Result<void> TextSink::put_notice(const RecordHead& head, std::string_view text) {
  PROCTREE_CHECK(write_day(head));
  line_.clear();
  put_time(head);
  style_.begin(line_, Ink::bold_red);
  put_right(line_, "!", kPidWidth);
  put_gap(line_);
  line_ += text;
  style_.end(line_, Ink::bold_red);
  return end_cut();
}

Result<void> TextSink::end_cut() {
  if (options_.width == 0) return output_.append(line_);
  cell_.clear();
  put_cut(cell_, line_, options_.width);
  return output_.append(cell_);
}

}  // namespace proctree
