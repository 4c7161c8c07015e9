// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "schema/document.hpp"

#include <algorithm>

#include "base/parse_text.hpp"

namespace proctree::schema {

namespace {

using std::string_view_literals::operator""sv;

constexpr std::array kLineTypes = {"process"sv, "fork"sv, "exec"sv,   "exit"sv,   "exec_failed"sv, "hash"sv,
                                   "start"sv,   "lost"sv, "resync"sv, "repeat"sv, "stop"sv};
static_assert(kLineTypes.size() == static_cast<std::size_t>(LineType::other));

}  // namespace

LineType line_type_of(std::string_view name) {
  return static_cast<LineType>(std::ranges::find(kLineTypes, name) - kLineTypes.begin());
}

std::string_view name_of(LineType type) { return kLineTypes[static_cast<std::size_t>(type)]; }

void Document::put_remaining() {
  // As many as are used side by side.
  const char* begin = nullptr;
  const char* end = nullptr;
  const auto put_run = [&] {
    if (begin != nullptr) json.repeat({begin, static_cast<std::size_t>(end - begin)});
    begin = nullptr;
  };
  const auto add = [&](const char* from, const char* to) {
    if (begin == nullptr || from != end + 1) {
      put_run();
      begin = from;
    }
    end = to;
  };
  for (const SourceLine::Member& member : line.members()) {
    if (line.is_used_up(member)) continue;
    if (line.is_whole(member) && line.passes_unchanged(member)) {
      const std::string_view text = SourceLine::text_of(member);
      add(text.data(), text.data() + text.size());
      continue;
    }
    line.for_each_left(member, [&](std::string_view name, std::string_view value) {
      if (line.passes_unchanged(value)) return add(name.data() - 1, value.data() + value.size());
      put_run();
      json.plain_key(name);
      put_value(json, value, line.ours());
    });
  }
  put_run();
}

std::optional<std::int64_t> Document::realtime_of(std::string_view start_ns) const {
  const auto start = parse_number<std::uint64_t>(start_ns);
  std::int64_t realtime = 0;
  if (!start || __builtin_sub_overflow(moment.realtime_ns, moment.ktime_ns, &realtime) ||
      __builtin_add_overflow(realtime, *start, &realtime)) {
    return std::nullopt;
  }
  return realtime;
}

std::string_view Document::date_of(std::string_view start_ns) {
  const auto realtime = realtime_of(start_ns);
  return realtime ? date(*realtime) : std::string_view{};
}

std::string_view Document::date(std::int64_t realtime_ns) {
  const auto number = static_cast<std::uint64_t>(realtime_ns);
  Date& known = dates_[(number ^ number >> 20 ^ number >> 40) % dates_.size()];
  if (known.realtime_ns != realtime_ns || known.text[0] == '\0') {
    const std::string_view text = time_.format(realtime_ns);
    std::ranges::copy(text.substr(0, known.text.size()), known.text.begin());
    known.realtime_ns = realtime_ns;
  }
  return {known.text.data(), known.text.size()};
}

std::string_view Document::uid() {
  uid_.clear();
  const std::string_view stream = inside(line.peek(Field::stream, Kind::string));
  if (stream.empty()) return {};
  const std::string_view seq = line.peek(Field::seq, Kind::number);
  uid_ += '"';
  uid_ += stream;
  uid_ += '-';
  if (!seq.empty()) {
    uid_ += seq;
  } else {
    const std::string_view from = line.peek(Field::seq_from, Kind::number);
    const std::string_view to = line.peek(Field::seq_to, Kind::number);
    if (from.empty() || to.empty()) return {};
    (((uid_ += from) += '-') += to) += "-lost";
  }
  uid_ += '"';
  return uid_;
}

const Arguments* Document::arguments(std::string_view array) {
  arguments_.count = 0;
  arguments_.command_line = '"';
  JsonText elements(array);
  std::string_view element;
  for (elements.begin('['); elements.next_element(element);) {
    if (!is_of(Kind::string, element)) return nullptr;
    if (arguments_.count++ != 0) arguments_.command_line += ' ';
    arguments_.command_line += inside(element);
  }
  arguments_.command_line += '"';
  return &arguments_;
}

ProcessObject ProcessObject::read(std::string_view object) {
  ProcessObject process;
  const auto set = [](std::string_view& to, std::string_view value, Kind kind) {
    if (to.empty() && is_of(kind, value)) to = value;
  };
  for_each_member(object, [&](std::string_view name, std::string_view value) {
    if (name == "pid") set(process.pid, value, Kind::number);
    if (name == "start_ns") set(process.start_ns, value, Kind::number);
    if (name == "id") set(process.id, value, Kind::string);
    if (name == "comm") set(process.comm, value, Kind::string);
    if (name == "exe") set(process.exe, value, Kind::string);
    if (name == "args") set(process.args, value, Kind::array);
    if (name == "user") set(process.user, value, Kind::string);
    if (name == "uid") set(process.uid, value, Kind::number);
    if (name == "tty") set(process.tty, value, Kind::string);
    if (name == "type") set(process.type, value, Kind::string);
    if (name == "source_ip") set(process.source_ip, value, Kind::string);
  });
  return process;
}

ContainerObject ContainerObject::read(std::string_view object) {
  ContainerObject container;
  for_each_member(object, [&](std::string_view key, std::string_view value) {
    if (!is_of(Kind::string, value)) return;
    if (key == "id") container.id = value;
    if (key == "name") container.name = value;
    if (key == "runtime") container.runtime = value;
    if (key == "image") container.image = value;
  });
  return container;
}

ProcessObject take_self(Document& document) {
  SourceLine& line = document.line;
  ProcessObject self;
  self.pid = line.take(Field::pid, Kind::number);
  self.id = line.take(Field::id, Kind::string);
  self.start_ns = line.peek(Field::start_ns, Kind::number);
  self.comm = line.take(Field::comm, Kind::string);
  self.exe = line.take(Field::exe, Kind::string);
  self.args = line.peek(Field::args, Kind::array);
  return self;
}

ValueKey creator_key(const Document& document) {
  const std::uint64_t creator = document.line.piece(Field::creator_pid);
  const auto ancestors = document.line.ancestors();
  if (ancestors.empty() || creator == 0) return {creator, 0, {}};
  return {ancestors.front(), creator, {}};
}

ProcessObject peek_creator(const Document& document) {
  const SourceLine& line = document.line;
  ProcessObject creator;
  creator.pid = line.peek(Field::creator_pid, Kind::number);
  if (creator.pid.empty() || creator.pid == "0") return {};
  creator.start_ns = line.peek(Field::creator_start_ns, Kind::number);
  creator.id = line.peek(Field::creator_id, Kind::string);
  if (document.type == LineType::fork && !creator.start_ns.empty()) return creator;
  JsonText ancestors(line.peek(Field::ancestors, Kind::array));
  std::string_view nearest;
  if (!ancestors.begin('[') || !ancestors.next_element(nearest)) return creator;
  const ProcessObject found = ProcessObject::read(nearest);
  if (found.pid != creator.pid || found.start_ns != creator.start_ns) return creator;
  creator.comm = found.comm;
  creator.exe = found.exe;
  creator.args = found.args;
  return creator;
}

// A child has its creator's program, and its name where no other is given.
ProcessObject program_of_forker(const Document& document) {
  const SourceLine& line = document.line;
  ProcessObject creator;
  if (document.type != LineType::fork || line.peek(Field::creator_start_ns, Kind::number).empty()) return {};
  creator.comm = line.peek(Field::creator_comm, Kind::string);
  if (creator.comm.empty()) creator.comm = line.peek(Field::comm, Kind::string);
  creator.exe = line.peek(Field::exe, Kind::string);
  return creator;
}

}  // namespace proctree::schema
