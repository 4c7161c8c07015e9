// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "replay/record_parser.hpp"

#include <algorithm>
#include <charconv>
#include <limits>

#include "base/escape.hpp"
#include "base/parse_text.hpp"
#include "base/timestamp.hpp"
#include "spool/line_head.hpp"
#include "tree/entry_type.hpp"
#include "tree/file_kind.hpp"

namespace proctree {

namespace {

constexpr std::size_t kShownMost = 64;  // of a name in an error

std::string shown(std::string_view name) {
  std::string text;
  append_visible(text, name.substr(0, kShownMost));
  return text;
}

// The exact bytes, where they stand beside. Of arguments that were cut the last one has no end.
void settle_args(std::string& args, std::string_view raw, bool truncated, std::uint32_t size) {
  if (!raw.empty()) {
    args = raw;
    args += '\0';
  }
  if (truncated && !args.empty() && args.size() >= size) args.pop_back();
}

}  // namespace

const RecordParser::Field* RecordParser::find(std::span<const Field> fields, std::string_view name,
                                              std::size_t& from) {
  for (std::size_t i = 0; i < fields.size(); ++i) {
    const std::size_t at = from;
    from = at + 1 == fields.size() ? 0 : at + 1;
    if (fields[at].name == name) return &fields[at];
  }
  return nullptr;
}

bool RecordParser::wrong(const char* what) {
  wrong_ = what;
  return false;
}

bool RecordParser::object(std::span<const Field> fields) {
  if (!cursor_.begin_object()) return false;
  std::size_t from = 0;
  std::string_view name;
  while (cursor_.next_key(name)) {
    const Field* field = find(fields, name, from);
    if (field == nullptr) {
      // That a text was cut: which one is of no use without its rest.
      const bool mark = name.ends_with("_truncated");
      if (unknown_field_.empty() && !mark) unknown_field_ = name.empty() ? "\"\"" : name;
      if (!cursor_.skip()) return false;
      continue;
    }
    field_ = field->name;
    read_ = field;
    if (!field->read(*this)) return false;
  }
  return !cursor_.failed();
}

void RecordParser::leave_out(std::span<const std::string_view> names) {
  own_fields_.assign(line_fields().begin(), line_fields().end());
  for (Field& field : own_fields_) {
    if (std::ranges::find(names, field.name) != names.end())
      field.read = [](RecordParser& parser) { return parser.pass_by(); };
  }
  seen_.resize(own_fields_.size());
}

// The value of the field of our own that is being read.
bool RecordParser::pass_by() {
  SeenValues& seen = seen_[static_cast<std::size_t>(read_ - own_fields_.data())];
  if (const std::string_view known = seen.find(cursor_.rest()); !known.empty()) {
    cursor_.pass_over(known);
    return true;
  }
  std::string_view value;
  if (!cursor_.raw(value)) return false;
  seen.note(value);
  return true;
}

bool RecordParser::raw(std::string_view& out) {
  std::string_view bytes;
  if (!cursor_.base64(bytes)) return false;
  raws_.emplace_back(&out, bytes);
  return true;
}

bool RecordParser::hex(std::uint64_t& out) {
  std::string_view text;
  if (!cursor_.string(text)) return false;
  const auto value = parse_number<std::uint64_t>(text, 16);
  if (!value) return wrong("hex digits are expected");
  out = *value;
  return true;
}

bool RecordParser::version() {
  if (!number(line_.version)) return false;
  return line_.version == kLineVersion || wrong("is not 1");
}

bool RecordParser::type() {
  if (!string(line_.type_name)) return false;
  line_.kind = find_record_kind(line_.type_name);
  return true;
}

bool RecordParser::seq() {
  has_seq_ = true;
  return number(line_.seq);
}

bool RecordParser::time() {
  std::string_view text;
  if (!string(text)) return false;
  const auto time = parse_time(text);
  if (!time) return wrong("that is no time of RFC 3339");
  line_.realtime_ns = *time;
  has_time_ = true;
  return true;
}

bool RecordParser::events() {
  if (!cursor_.begin_array()) return false;
  line_.lists_events = true;
  std::string_view name;
  while (cursor_.next_element()) {
    if (!string(name)) return false;
    line_.has_forks |= name == "fork";
    line_.has_exits |= name == "exit";
  }
  return !cursor_.failed();
}

bool RecordParser::creator_pid() {
  std::uint32_t pid = 0;
  if (!number(pid)) return false;
  line_.creator_pid = pid;
  return true;
}

// BOOT-PID-TICKS. Who it is beside the boot, which is the recording's.
bool RecordParser::creator_id() {
  std::string_view id;
  if (!string(id)) return false;
  const std::size_t last = id.rfind('-');
  const std::size_t middle = last == 0 || last == std::string_view::npos ? last : id.rfind('-', last - 1);
  if (last == std::string_view::npos || middle == std::string_view::npos) return wrong("that is no id");
  const auto pid = parse_number<std::uint32_t>(id.substr(middle + 1, last - middle - 1));
  const auto ticks = parse_number<std::uint64_t>(id.substr(last + 1));
  if (!pid || !ticks || *ticks > std::numeric_limits<std::uint64_t>::max() / kTickNs)
    return wrong("that is no id");
  line_.creator = ProcKey{*pid, *ticks * kTickNs};
  return true;
}

bool RecordParser::list(std::string& out) {
  if (!cursor_.begin_array()) return false;
  out.clear();
  std::string_view text;
  while (cursor_.next_element()) {
    if (!string(text)) return false;
    out += text;
    out += '\0';
  }
  return !cursor_.failed();
}

bool RecordParser::args() {
  line_.image.args_known = true;
  return list(args_);
}

bool RecordParser::entry() {
  line_.entry.emplace();
  entry_args_.clear();
  entry_args_raw_ = {};
  entry_args_truncated_ = false;
  return object(entry_fields());
}

// A newer writer's type is none that we know.
bool RecordParser::entry_type() {
  std::string_view name;
  if (!string(name)) return false;
  line_.entry->type = find_entry_type(name).value_or(EntryType::unknown);
  return true;
}

bool RecordParser::entry_args() {
  line_.entry->args_known = true;
  return list(entry_args_);
}

// What is no string is no variable of ours.
bool RecordParser::env() {
  if (!cursor_.begin_object()) return false;
  std::string_view name, value;
  while (cursor_.next_key(name)) {
    if (!cursor_.at_string()) {
      if (!cursor_.skip()) return false;
      continue;
    }
    if (!cursor_.string(value)) return false;
    variables_.emplace_back(name, value);
  }
  return !cursor_.failed();
}

bool RecordParser::env_raw() {
  if (!cursor_.begin_object()) return false;
  std::string_view name, value;
  while (cursor_.next_key(name)) {
    if (!cursor_.base64(value)) return false;
    raw_variables_.emplace_back(name, value);
  }
  return !cursor_.failed();
}

bool RecordParser::stdio() {
  if (!cursor_.begin_array()) return false;
  StandardFiles& files = line_.stdio.emplace();
  std::size_t fd = 0;
  while (cursor_.next_element()) {
    if (fd == files.size()) return wrong("there are three");
    file_ = &files[fd++];
    if (!object(stdio_fields())) return false;
  }
  return !cursor_.failed();
}

// A newer writer's kind is none of ours.
bool RecordParser::file_kind() {
  std::string_view name;
  if (!string(name)) return false;
  file_->kind = find_file_kind(name).value_or(FileKind::other);
  return true;
}

void RecordParser::settle_env() {
  auto raw = raw_variables_.begin();  // in the same order
  for (const auto& [name, value] : variables_) {
    const bool is_raw = raw != raw_variables_.end() && raw->first == name;
    env_.append(name).append(1, '=').append(is_raw ? raw++->second : value).append(1, '\0');
  }
  line_.image.env = env_;
}

std::string& RecordParser::next_text() {
  if (texts_used_ == texts_.size()) texts_.emplace_back();
  return texts_[texts_used_++];
}

bool RecordParser::ancestor_args() {
  std::string& text = next_text();
  if (!list(text)) return false;
  line_.ancestors.back().args = text;
  line_.ancestors.back().args_known = true;
  return true;
}

// Exact bytes count, and of arguments that were cut the last one has no end.
void RecordParser::settle_ancestor_args(RecordedAncestor& ancestor) {
  if (!ancestor.args_raw.empty()) {
    std::string& text = next_text();
    text = ancestor.args_raw;
    text += '\0';
    ancestor.args = text;
  }
  if (ancestor.args_truncated && ancestor.args.ends_with('\0')) ancestor.args.remove_suffix(1);
}

bool RecordParser::resynced() {
  std::string_view how;
  if (!string(how)) return false;
  line_.resynced = how == "corrected" ? Resynced::corrected : Resynced::added;
  return true;
}

bool RecordParser::previous() {
  line_.previous.emplace();
  return object(previous_fields());
}

bool RecordParser::leader(Leader& out) {
  leader_ = &out;
  return object(leader_fields());
}

bool RecordParser::ancestors() {
  if (wants_ancestors_ && !wants_ancestors_(line_)) return own_fields_.empty() ? ignore() : pass_by();
  if (!cursor_.begin_array()) return false;
  line_.ancestors.clear();
  const auto place = [this] { return static_cast<std::size_t>(cursor_.last_end() - text_); };
  line_.ancestors_place.begin = line_.first_ancestors_end = place();
  const std::size_t before = raws_.size();
  while (cursor_.next_element()) {
    line_.ancestors.emplace_back();
    if (!object(ancestor_fields())) return false;
    if (line_.ancestors.size() <= marked_ancestors_) line_.first_ancestors_end = place();
    settle_raws(before);
    settle_ancestor_args(line_.ancestors.back());
  }
  if (cursor_.failed()) return false;
  line_.ancestors_place.end = place() - 1;
  return true;
}

bool RecordParser::ancestor_edge() {
  std::string_view name;
  if (!string(name)) return false;
  Edge& edge = line_.ancestors.back().edge;
  edge = name == "observed" ? Edge::observed : name == "snapshot" ? Edge::snapshot : Edge::inferred;
  return true;
}

bool RecordParser::failed_execs() {
  std::uint64_t count = 0;
  if (!number(count)) return false;
  line_.failed_execs = count;
  return true;
}

// The one number that may be negative.
bool RecordParser::dirfd() {
  std::int64_t descriptor = 0;
  if (!cursor_.number(descriptor)) return false;
  if (descriptor < std::numeric_limits<std::int32_t>::min() ||
      descriptor > std::numeric_limits<std::int32_t>::max()) {
    return wrong("there is no such descriptor");
  }
  line_.failed.by_execveat = true;
  line_.failed.dirfd = static_cast<std::int32_t>(descriptor);
  return true;
}

bool RecordParser::exit_code() {
  std::uint8_t code = 0;
  if (!number(code)) return false;
  line_.exit.status |= static_cast<std::uint32_t>(code) << 8;
  return true;
}

bool RecordParser::signal() {
  std::uint8_t signal = 0;
  if (!number(signal)) return false;
  if (signal >= 0x7f) return wrong("there is no such signal");
  line_.exit.status |= signal;
  return true;
}

bool RecordParser::core_dumped() {
  bool dumped = false;
  if (!truth(dumped)) return false;
  if (dumped) line_.exit.status |= 0x80;
  return true;
}

// Exact bytes take the place of the strings beside them, whichever came first.
void RecordParser::settle_raws(std::size_t from) {
  for (std::size_t i = from; i < raws_.size(); ++i) *raws_[i].first = raws_[i].second;
  raws_.resize(from);
}

bool RecordParser::has_all() {
  if (line_.version == 0) return field_ = "v", wrong("is missing");
  if (line_.type_name.empty()) return field_ = "type", wrong("is missing");
  if (!line_.kind) return true;
  // A follower's report of missed lines is not one of the stream's own lines.
  const bool unnumbered = line_.kind == RecordKind::lost && line_.where == "spool";
  if (!has_seq_ && !unnumbered) return field_ = "seq", wrong("is missing");
  if (!has_time_) return field_ = "time", wrong("is missing");
  if (!has_ktime_) return field_ = "ktime_ns", wrong("is missing");
  if (line_.is_of_process() && !has_pid_) return field_ = "pid", wrong("is missing");
  return true;
}

Result<void> RecordParser::parse(std::string_view text) {
  std::vector<RecordedAncestor> ancestors = std::move(line_.ancestors);
  ancestors.clear();
  line_ = RecordedLine{};
  line_.ancestors = std::move(ancestors);
  line_.task.uid = line_.task.parent.pid = kUnsetId;
  line_.task.comm = kUnknownComm;
  line_.exit.usage_known = line_.exit.max_rss_known = false;
  text_ = text.data();
  wrong_ = nullptr;
  field_ = unknown_field_ = args_raw_ = {};
  is_json_ = true;
  args_truncated_ = has_seq_ = has_time_ = has_ktime_ = has_pid_ = false;
  args_.clear();
  env_.clear();
  variables_.clear();
  raw_variables_.clear();
  texts_used_ = 0;
  raws_.clear();

  cursor_.start(text);
  const std::span<const Field> fields = own_fields_.empty() ? line_fields() : own_fields_;
  if (!object(fields) || !cursor_.end() || !has_all()) return refused(text);
  settle_raws(0);
  if (line_.creator_pid && line_.creator_start_ns != 0)
    line_.creator = ProcKey{*line_.creator_pid, line_.creator_start_ns};
  if (line_.entry) settle_args(entry_args_, entry_args_raw_, entry_args_truncated_, line_.entry->args_size);
  if (line_.entry) line_.entry->args = entry_args_;
  ImageFacts& image = line_.image;
  settle_args(args_, args_raw_, args_truncated_, image.args_size);
  image.args = args_;
  settle_env();
  line_.failed.filename = image.filename;
  line_.failed.filename_truncated = image.string_truncated;
  line_.lost.failed_execs = line_.failed_execs.value_or(0);
  line_.lost.pid = line_.task.self.pid;
  if (line_.kind == RecordKind::lost) {
    line_.lost.uid = line_.task.uid;
    line_.lost.cgroup = line_.task.cgroup;
  }
  line_.exit.ktime_ns = line_.ktime_ns;
  line_.exit.task = line_.task;
  return {};
}

tl::unexpected<Error> RecordParser::refused(std::string_view text) {
  const char* why = wrong_ != nullptr ? wrong_ : cursor_.why();
  cursor_.start(text);
  is_json_ = cursor_.skip() && cursor_.end();
  if (!is_json_) return fail(ErrorCode::corrupt, std::string("not JSON: ") + cursor_.why());
  if (field_ == "v" && line_.version > kLineVersion) return newer_version(line_.version, "");
  std::string message = field_.empty() ? "the line" : shown(field_);
  message += ": ";
  message += why;
  return fail(ErrorCode::corrupt, std::move(message), "is this what trace --format jsonl wrote?");
}

}  // namespace proctree
