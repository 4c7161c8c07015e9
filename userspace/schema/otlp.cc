// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "schema/otlp.hpp"

#include <algorithm>
#include <cstring>

#include "base/utf8.hpp"
#include "schema/json_string.hpp"
#include "schema/json_text.hpp"
#include "tree/script.hpp"

namespace proctree::schema {

namespace {

constexpr std::string_view kOwn = "proctree.";
constexpr std::string_view kSchemaUrl = "https://opentelemetry.io/schemas/1.44.0";
constexpr std::string_view kBadCharacter = "\xef\xbf\xbd";  // U+FFFD
constexpr std::size_t kBodyMost = 256;

enum ResourceLogsField : std::uint8_t { kResource = 1, kScopeLogs = 2, kSchemaUrlField = 3 };
enum LogRecordField : std::uint8_t {
  kTime = 1,
  kSeverity = 2,
  kSeverityText = 3,
  kBody = 5,
  kObservedTime = 11,
  kEventName = 12,
};
enum Severity : std::uint8_t { kInfo = 9, kWarn = 13 };

// What the semantic conventions have a name for, of a process's lines.
struct Name {
  Field field;
  Kind kind;
  std::string_view name;
};
constexpr std::array kNames = {
    Name{Field::pid, Kind::number, "process.pid"},
    Name{Field::ppid, Kind::number, "process.parent_pid"},
    Name{Field::ns_pid, Kind::number, "process.vpid"},
    Name{Field::exe, Kind::string, "process.executable.path"},
    Name{Field::args, Kind::array, "process.command_args"},
    Name{Field::cwd, Kind::string, "process.working_directory"},
    Name{Field::uid, Kind::number, "process.real_user.id"},
    Name{Field::user, Kind::string, "process.real_user.name"},
    Name{Field::euid, Kind::number, "process.user.id"},
    Name{Field::sid, Kind::number, "process.session_leader.pid"},
    Name{Field::pgid, Kind::number, "process.group_leader.pid"},
    Name{Field::exit_code, Kind::number, "process.exit.code"},
    Name{Field::error, Kind::string, "error.type"},
    Name{Field::container_id, Kind::string, "container.id"},
};
constexpr std::array<std::uint8_t, kFieldCount + 1> kNameOf = [] {
  std::array<std::uint8_t, kFieldCount + 1> name_of{};
  name_of.fill(kNames.size());
  for (std::size_t i = 0; i < kNames.size(); ++i)
    name_of[static_cast<std::size_t>(kNames[i].field)] = static_cast<std::uint8_t>(i);
  return name_of;
}();

// What the record says elsewhere: `type` in its event name, `time` in its own.
bool is_written_elsewhere(Field field) {
  return field == Field::v || field == Field::type || field == Field::time;
}

bool is_often_the_same(Field field) {
  return field == Field::ancestors || field == Field::ns || field == Field::entry ||
         field == Field::session_leader || field == Field::group_leader || field == Field::previous;
}

std::size_t hash_of_ends(std::string_view text) {
  std::uint64_t hash = text.size();
  const auto add = [&](std::size_t at) {
    std::uint64_t word = 0;
    std::memcpy(&word, text.data() + at, std::min(sizeof word, text.size() - at));
    hash = (hash ^ word) * 0x9e3779b97f4a7c15;
    hash ^= hash >> 32;
  };
  for (std::size_t at = 0; at < std::min<std::size_t>(text.size(), 48); at += sizeof hash) add(at);
  if (text.size() > 64) add(text.size() - sizeof hash);
  return hash;
}

std::string_view architecture(std::string_view kernels) {
  struct Word {
    std::string_view kernels;
    std::string_view conventions;
  };
  constexpr std::array kWords = {Word{"x86_64", "amd64"}, Word{"aarch64", "arm64"}, Word{"armv7l", "arm32"},
                                 Word{"i686", "x86"}, Word{"ppc64le", "ppc64"}};
  for (const Word& word : kWords) {
    if (word.kernels == kernels) return word.conventions;
  }
  return kernels;
}

// Appends what people may be shown of an inside of a JSON string: quotes and backslashes unescaped, all else
// as it stands.
void append_shown(std::string& text, std::string_view inside) {
  for (std::size_t at = 0; at < inside.size() && text.size() < kBodyMost;) {
    std::size_t size = 0;
    while (at + size < inside.size() && inside[at + size] >= ' ' && inside[at + size] < 0x7f &&
           inside[at + size] != '\\' && text.size() + size < kBodyMost)
      ++size;
    text += inside.substr(at, size);
    at += size;
    if (at == inside.size() || text.size() >= kBodyMost) return;
    const char next = at + 1 < inside.size() ? inside[at + 1] : '\0';
    if (inside[at] == '\\' && (next == '"' || next == '\\')) ++at;
    const Utf8Char c = utf8_at(inside, at);
    text += c.length == 0 || is_control(c.code) ? kBadCharacter : inside.substr(at, c.length);
    at += std::max<std::size_t>(c.length, 1);
  }
}

}  // namespace

OtlpOrigin make_otlp_origin(std::string_view host, std::string_view tracer) {
  std::string memory;
  std::string_view version;
  std::string version_memory;
  ProtobufWriter proto;
  OtlpAttributes attributes(proto, 1);
  attributes.text({"service.name", {}}, "proctree");
  for_each_member(tracer, [&](std::string_view name, std::string_view value) {
    if (name == "version" && is_of(Kind::string, value)) version = unescaped(inside(value), version_memory);
  });
  if (!version.empty()) attributes.text({"service.version", {}}, version);
  for_each_member(host, [&](std::string_view name, std::string_view value) {
    if (!is_of(Kind::string, value)) return;
    const std::string_view text = unescaped(inside(value), memory);
    if (name == "name" || name == "id") attributes.text({"host.", name}, text);
    if (name == "arch") attributes.text({"host.arch", {}}, architecture(text));
  });
  attributes.text({"os.type", {}}, "linux");

  OtlpOrigin origin;
  ProtobufWriter field;
  const auto take = [&](std::string& to) {
    to = field.bytes();
    field.clear();
  };
  field.string(kResource, proto.bytes());
  take(origin.resource);
  const std::size_t scope = field.begin(1);
  field.string(1, "proctree");
  if (!version.empty()) field.string(2, version);
  field.end(scope);
  take(origin.scope);
  field.string(kSchemaUrlField, kSchemaUrl);
  take(origin.schema);
  return origin;
}

std::string_view OtlpRecords::write(std::string_view line, const LineMoment& moment,
                                    std::int64_t observed_ns) {
  proto_.clear();
  document_.moment = moment;
  document_.line.read(line, false);
  document_.type = line_type_of(inside(document_.line.peek(Field::type, Kind::string)));
  head(observed_ns);
  body();
  derived();
  const bool is_process = is_of_process(document_.type);
  for (const SourceLine::Member& each : document_.line.members()) {
    if (is_written_elsewhere(each.field)) continue;
    if (is_process) {
      process_member(each);
    } else {
      member(each);
    }
  }
  return proto_.bytes();
}

void OtlpRecords::head(std::int64_t observed_ns) {
  const bool warns = document_.type == LineType::lost;
  proto_.fixed64(kTime, static_cast<std::uint64_t>(document_.moment.realtime_ns));
  proto_.number(kSeverity, warns ? kWarn : kInfo);
  proto_.string(kSeverityText, warns ? "WARN" : "INFO");
  proto_.fixed64(kObservedTime, static_cast<std::uint64_t>(observed_ns));
  const std::string_view type = unescaped(inside(document_.line.peek(Field::type, Kind::string)), memory_);
  (name_ = kOwn) += type;
  proto_.string(kEventName, name_);
}

std::string_view OtlpRecords::text_of(Field field, Kind kind) {
  const std::string_view value = document_.line.peek(field, kind);
  return kind == Kind::string ? inside(value) : value;
}

// For people: `exec 4311 /usr/bin/python3 deploy.py`. What JSON escapes stays escaped, but for quotes and
// backslashes: no terminal obeys it.
void OtlpRecords::body() {
  text_.clear();
  const auto append = [&](std::string_view inside) {
    if (inside.empty() || text_.size() >= kBodyMost) return;
    if (!text_.empty()) text_ += ' ';
    append_shown(text_, inside);
  };
  append(text_of(Field::type, Kind::string));
  if (is_of_process(document_.type)) {
    append(text_of(Field::pid, Kind::number));
    JsonText elements(document_.line.peek(Field::args, Kind::array));
    std::string_view element;
    bool any = false;
    for (elements.begin('['); text_.size() < kBodyMost && elements.next_element(element); any = true)
      append(is_of(Kind::string, element) ? inside(element) : element);
    if (!any) append(text_of(Field::comm, Kind::string));
    append(text_of(Field::error, Kind::string));
    if (document_.type == LineType::exit) {
      const std::string_view signal = text_of(Field::signal, Kind::number);
      append(signal.empty() ? "code" : "signal");
      append(signal.empty() ? text_of(Field::exit_code, Kind::number) : signal);
    }
  }
  put_otlp_text(proto_, kBody, text_);
}

// What the line doesn't hold in these words, and what follows from it for sure.
void OtlpRecords::derived() {
  if (const std::string_view uid = document_.uid(); !uid.empty())
    attributes_.text({"log.record.uid", {}}, unescaped(inside(uid), memory_));
  if (!is_of_process(document_.type)) return;
  const SourceLine& line = document_.line;
  if (const auto start = document_.date_of(line.peek(Field::start_ns, Kind::number)); !start.empty())
    attributes_.text({"process.creation.time", {}}, start);
  const std::string_view path = unescaped(inside(line.peek(Field::exe, Kind::string)), memory_);
  if (!path.empty()) attributes_.text({"process.executable.name", {}}, base_name(path));
  if (document_.type == LineType::exit && !document_.is_inferred())
    attributes_.text({"process.exit.time", {}}, document_.date(document_.moment.realtime_ns));
  const std::string_view uid = line.peek(Field::uid, Kind::number);
  const std::string_view user = line.peek(Field::user, Kind::string);
  if (user.empty() || uid.empty() || uid != line.peek(Field::euid, Kind::number)) return;
  const std::string_view name = unescaped(inside(user), memory_);
  attributes_.text({"process.user.", "name"}, name);
  attributes_.text({"process.", "owner"}, name);
}

void OtlpRecords::member(const SourceLine::Member& member) {
  if (member.value.starts_with('{')) {
    attributes_.flattened({kOwn, unescaped(member.name, memory_)}, member.value);
  } else {
    attributes_.value({kOwn, unescaped(member.name, memory_)}, member.value);
  }
}

void OtlpRecords::process_member(const SourceLine::Member& each) {
  if (each.field == Field::args && is_of(Kind::array, each.value)) return arguments(each.value);
  if (each.field == Field::env && is_of(Kind::object, each.value)) return variables(each.value);
  if (each.field == Field::container && is_of(Kind::object, each.value)) return container(each.value);
  if (is_often_the_same(each.field) && each.value.size() <= kKnownMost) return repeated(each);
  const std::size_t place = kNameOf[static_cast<std::size_t>(each.field)];
  if (place == kNames.size() || !is_of(kNames[place].kind, each.value)) return member(each);
  attributes_.value({kNames[place].name, {}}, each.value);
}

void OtlpRecords::arguments(std::string_view array) {
  attributes_.value({"process.command_args", {}}, array);
  JsonText elements(array);
  std::uint64_t count = 0;
  std::string_view element;
  for (elements.begin('['); elements.next_element(element); ++count) {
    if (count == 0 && is_of(Kind::string, element))
      attributes_.text({"process.command", {}}, unescaped(inside(element), memory_));
  }
  if (document_.line.peek(Field::args_truncated, Kind::boolean) != "true")
    attributes_.number({"process.args_count", {}}, count);
}

void OtlpRecords::variables(std::string_view object) {
  for_each_member(object, [&](std::string_view name, std::string_view value) {
    attributes_.value({"process.environment_variable.", unescaped(name, memory_)}, value);
  });
}

void OtlpRecords::container(std::string_view object) {
  const bool has_id = !document_.line.peek(Field::container_id, Kind::string).empty();
  for_each_member(object, [&](std::string_view name, std::string_view value) {
    const bool is_text = is_of(Kind::string, value);
    if (is_text && name == "id") {
      if (!has_id) attributes_.value({"container.id", {}}, value);
    } else if (is_text && name == "name") {
      attributes_.value({"container.name", {}}, value);
    } else if (is_text && name == "runtime") {
      attributes_.value({"container.runtime.name", {}}, value);
    } else if (is_text && name == "image") {
      attributes_.value({"container.image.name", {}}, value);
    } else {
      attributes_.flattened({"proctree.container.", unescaped(name, memory_)}, value);
    }
  });
}

void OtlpRecords::repeated(const SourceLine::Member& each) {
  const std::size_t hash = hash_of_ends(each.value) + static_cast<std::size_t>(each.field);
  Known& known = known_[hash % known_.size()];
  // The name is part of it: two of these may say the same.
  const std::string_view text(
      each.name.data(), static_cast<std::size_t>(each.value.data() + each.value.size() - each.name.data()));
  if (known.text == text) return proto_.repeat(known.attributes);
  const std::size_t begun = proto_.bytes().size();
  member(each);
  known.text = text;
  known.attributes = proto_.bytes().substr(begun);
}

}  // namespace proctree::schema
