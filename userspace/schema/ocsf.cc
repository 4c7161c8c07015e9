// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "schema/ocsf.hpp"

#include <algorithm>
#include <span>

#include "base/parse_text.hpp"
#include "proctree/facts.hpp"
#include "tree/script.hpp"

namespace proctree::schema {

namespace {

constexpr std::int64_t kNsPerMs = 1'000'000;

// Rounded down before 1970 too.
std::int64_t milliseconds(std::int64_t ns) { return ns / kNsPerMs - (ns % kNsPerMs < 0 ? 1 : 0); }

template <std::size_t N>
void moment(Document& document, const char (&name)[N], std::string_view start_ns) {
  if (const auto realtime = document.realtime_of(start_ns))
    document.json.field(name, milliseconds(*realtime));
}

void put_name_and_path(Document& document, const ProcessObject& process) {
  document.slice("name", process.comm);
  document.slice("path", process.exe);
}

// Of process and process_entity alike, the object being open.
void put_entity(Document& document, const ProcessObject& process) {
  document.number("pid", process.pid);
  document.slice("uid", process.id);
  moment(document, "created_time", process.start_ns);
  put_name_and_path(document, process);
  if (process.args.empty()) return;
  const Arguments* arguments = document.arguments(process.args);
  if (arguments != nullptr && arguments->count != 0) document.slice("cmd_line", arguments->command_line);
}

// The last component of a path, the inside of a JSON string as that is.
std::string_view name_of(std::string_view path) {
  const std::string_view name = base_name(path);
  return name.empty() ? path : name;
}

std::string_view pid_of(std::string_view stream) {
  const std::size_t last = stream.rfind('-');
  const std::size_t first = stream.find('-');
  if (first == std::string_view::npos || first == last) return {};
  const std::string_view pid = stream.substr(first + 1, last - first - 1);
  return parse_number<std::uint32_t>(pid) && (pid == "0" || pid[0] != '0') ? pid : std::string_view{};
}

// The reporter of events without a process.
void tracer(Document& document) {
  JsonWriter& json = document.json;
  const std::string_view stream = document.line.peek(Field::stream, Kind::string);
  json.begin_object();
  if (stream.size() > 2) {
    document.slice("uid", stream);
    document.number("pid", pid_of(inside(stream)));
  } else if (!document.origin->tracer_pid.empty()) {
    document.number("pid", document.origin->tracer_pid);
  } else {
    json.plain_field("uid", "unknown");
  }
  json.end_object();
}

}  // namespace

Ocsf::Ocsf() {
  for (std::size_t i = 0; i < heads_.size(); ++i) {
    const auto type = static_cast<LineType>(i);
    JsonWriter json;
    json.begin_object();
    classify(json, activity_of(type), '"' + std::string(name_of(type)) + '"');
    heads_[i] = json.text().substr(1);
  }
}

Ocsf::Activity Ocsf::activity_of(LineType type) {
  if (type == LineType::fork || type == LineType::exec) return Activity::launch;
  return type == LineType::exit ? Activity::terminate : Activity::other;
}

void Ocsf::write_origin(StreamOrigin& origin) {
  Document document;
  JsonWriter& json = document.json;
  json.begin_object();
  json.key("device");
  json.begin_object();
  json.key("hostname");
  json.repeat(origin.host_name.empty() ? std::string_view("\"unknown\"") : origin.host_name);
  json.field("type_id", 0);
  json.plain_field("type", "Unknown");
  document.slice("uid", origin.host_id);
  document.slice("boot_uid", origin.boot_id);
  json.key("os");
  json.begin_object();
  json.plain_field("name", "Linux");
  json.plain_field("type", "Linux");
  json.field("type_id", 200);
  document.slice("kernel_release", origin.kernel);
  json.end_object();
  json.end_object();
  json.end_object();
  origin.written = inside(json.text());
}

void Ocsf::write(Document& document) {
  JsonWriter& json = document.json;
  ancestor_facts_ = {};
  const Activity activity = activity_of(document.type);
  json.begin_object();
  if (document.type != LineType::other) {
    json.repeat(heads_[static_cast<std::size_t>(document.type)]);
  } else {
    classify(json, activity, document.line.peek(Field::type, Kind::string));
  }
  json.field("time", milliseconds(document.moment.realtime_ns));
  metadata(document);
  json.repeat(document.origin->written);
  if (activity == Activity::other) {
    event_of_tracer(document);
  } else {
    event_of_process(document);
  }
  unmapped(document);
  json.end_object();
}

// `type`: a JSON string.
void Ocsf::classify(JsonWriter& json, Activity activity, std::string_view type) {
  constexpr int kClass = 1007;
  json.field("activity_id", static_cast<int>(activity));
  if (activity == Activity::other) {
    json.key("activity_name");
    json.repeat(type.empty() ? std::string_view("\"unknown\"") : type);
  } else {
    json.plain_field("activity_name", activity == Activity::launch ? "Launch" : "Terminate");
  }
  json.field("category_uid", 1);
  json.plain_field("category_name", "System Activity");
  json.field("class_uid", kClass);
  json.plain_field("class_name", "Process Activity");
  json.field("type_uid", kClass * 100 + static_cast<int>(activity));
  json.plain_field("type_name", activity == Activity::launch      ? "Process Activity: Launch"
                                : activity == Activity::terminate ? "Process Activity: Terminate"
                                                                  : "Process Activity: Other");
  json.field("severity_id", 1);
  json.plain_field("severity", "Informational");
}

void Ocsf::metadata(Document& document) {
  JsonWriter& json = document.json;
  SourceLine& line = document.line;
  json.key("metadata");
  json.begin_object();
  json.plain_field("version", "1.8.0");
  json.key("product");
  json.begin_object();
  json.plain_field("name", "proctree");
  json.plain_field("vendor_name", "proctree");
  document.slice("version", document.origin->tracer_version);
  json.end_object();
  json.key("profiles");
  json.begin_array();
  for (const char* profile : {"host", "container", "linux_users"}) json.plain(profile);
  json.end_array();
  document.slice("uid", document.uid());
  document.number("sequence", line.take(Field::seq, Kind::number));
  document.slice("event_code", line.peek(Field::type, Kind::string));
  document.now("original_time");
  document.slice("is_truncated", line.peek(Field::line_truncated, Kind::boolean));
  json.end_object();
}

void Ocsf::event_of_tracer(Document& document) {
  JsonWriter& json = document.json;
  json.key("actor");
  json.begin_object();
  json.key("process");
  tracer(document);
  json.end_object();
  json.key("process");
  tracer(document);
}

void Ocsf::event_of_process(Document& document) {
  JsonWriter& json = document.json;
  SourceLine& line = document.line;
  json.key("actor");
  json.begin_object();
  json.key("process");
  creator_ = json.capture([&] { write_creator(document); });
  if (creator_.empty()) {
    json.begin_object();
    json.plain_field("uid", "unknown");
    json.end_object();
  }
  json.end_object();
  process(document);
  if (document.type == LineType::exit) {
    document.number("exit_code", line.take(Field::exit_code, Kind::number));
    const std::uint64_t runtime_ns = line.number(Field::runtime_ns);
    if (!line.peek(Field::runtime_ns, Kind::number).empty())
      json.field("duration", runtime_ns / static_cast<std::uint64_t>(kNsPerMs));
    return;
  }
  const bool fork = document.type == LineType::fork;
  json.field("launch_type_id", fork ? 2 : 3);
  json.plain_field("launch_type", fork ? "Fork" : "Exec");
}

void Ocsf::write_creator(Document& document) {
  const std::string_view creator =
      creator_members(document, known_creators_, [&](const ProcessObject& of) { put_entity(document, of); });
  if (creator.empty()) return;
  document.json.begin_object();
  document.json.repeat(creator);
  put_name_and_path(document, program_of_forker(document));
  document.json.end_object();
}

void Ocsf::process(Document& document) {
  JsonWriter& json = document.json;
  SourceLine& line = document.line;
  json.key("process");
  json.begin_object();
  // Where an argument ends and the next begins stays unmapped.
  const ProcessObject self = take_self(document);
  put_entity(document, self);
  file(document, self.exe);
  if (const auto name = cpid(document); !name.empty()) json.plain_field("cpid", name);
  document.number("namespace_pid", line.take(Field::ns_pid, Kind::number));
  document.string("working_directory", Field::cwd);
  if (document.type == LineType::exit && !document.is_inferred())
    json.field("terminated_time", milliseconds(document.moment.realtime_ns));
  user(document);
  session(document);
  container(document);
  environment(document);
  parent_process(document);
  ancestry(document);
  json.end_object();
}

void Ocsf::file(Document& document, std::string_view exe) {
  if (exe.size() <= 2) return;
  JsonWriter& json = document.json;
  SourceLine& line = document.line;
  json.key("file");
  json.begin_object();
  json.plain_field("name", name_of(inside(exe)));
  document.slice("path", exe);
  json.field("type_id", 1);
  document.slice("is_deleted", line.take(Field::exe_deleted, Kind::boolean));
  if (const auto hash = line.take(Field::exe_sha256, Kind::string); !hash.empty()) {
    json.key("hashes");
    json.begin_array();
    json.begin_object();
    json.field("algorithm_id", 3);
    json.plain_field("algorithm", "SHA-256");
    document.slice("value", hash);
    json.end_object();
    json.end_array();
  }
  json.end_object();
}

void Ocsf::user(Document& document) {
  known_users_.put(document, {Field::uid, Field::user, Field::gid, Field::euid, Field::egid, Field::loginuid},
                   [&] { write_user(document); });
}

void Ocsf::write_user(Document& document) {
  JsonWriter& json = document.json;
  SourceLine& line = document.line;
  const std::string_view uid = line.take(Field::uid, Kind::number);
  const std::string_view name = line.take(Field::user, Kind::string);
  if (!uid.empty() || !name.empty()) {
    json.key("user");
    json.begin_object();
    document.digits("uid", uid);
    document.slice("name", name);
    json.end_object();
  }
  document.number("euid", line.take(Field::euid, Kind::number));
  if (const auto gid = line.take(Field::gid, Kind::number); !gid.empty()) {
    json.key("group");
    json.begin_object();
    document.digits("uid", gid);
    json.end_object();
  }
  document.number("egid", line.take(Field::egid, Kind::number));
  document.number("auid", line.take(Field::loginuid, Kind::number));
}

void Ocsf::session(Document& document) {
  JsonWriter& json = document.json;
  SourceLine& line = document.line;
  const std::string_view sid = line.take(Field::sid, Kind::number);
  const std::string_view tty = line.take(Field::tty, Kind::string);
  if (sid.empty() && tty.empty()) return;
  json.key("session");
  json.begin_object();
  document.digits("uid", sid);
  document.slice("terminal", tty);
  if (const auto leader = line.peek(Field::session_leader, Kind::object); !leader.empty()) {
    const std::string_view known = known_sessions_.named(document, line.key(Field::session_leader), [&] {
      moment(document, "created_time", ProcessObject::read(leader).start_ns);
    });
    if (!known.empty()) json.repeat(known);
  }
  json.end_object();
}

void Ocsf::container(Document& document) {
  SourceLine& line = document.line;
  const std::string_view id = line.take(Field::container_id, Kind::string);
  ContainerObject container = ContainerObject::read(line.take(Field::container, Kind::object));
  if (container.id.empty()) container.id = id;
  if (container.id.empty() && container.name.empty()) return;
  document.json.key("container");
  document.json.begin_object();
  document.slice("uid", container.id);
  document.slice("name", container.name);
  document.slice("runtime", container.runtime);
  document.json.end_object();
}

void Ocsf::environment(Document& document) {
  const std::string_view env = document.line.take(Field::env, Kind::object);
  if (env.empty()) return;
  JsonWriter& json = document.json;
  json.key("environment_variables");
  json.begin_array();
  document.for_each_variable(env, [&](std::string_view name, std::string_view value) {
    json.begin_object();
    json.plain_field("name", name);
    json.plain_field("value", value);
    json.end_object();
  });
  json.end_array();
}

void Ocsf::parent_process(Document& document) {
  SourceLine& line = document.line;
  const std::string_view ppid = line.take(Field::ppid, Kind::number);
  if (ppid.empty() || ppid == "0") return;
  document.json.key("parent_process");
  if (!creator_.empty() && ppid == line.peek(Field::creator_pid, Kind::number))
    return document.json.repeat(creator_);
  document.json.begin_object();
  document.number("pid", ppid);
  document.json.end_object();
}

void Ocsf::ancestry(Document& document) {
  SourceLine& line = document.line;
  const std::string_view list = line.take(Field::ancestors, Kind::array);
  if (list.empty()) return;
  JsonWriter& json = document.json;
  json.key("ancestry");
  const std::span<const std::uint64_t> pieces = line.ancestors();
  const bool retained = !pieces.empty() && std::ranges::find(pieces, 0U) == pieces.end();
  if (!retained || list.size() > kRememberedMost) {
    write_ancestry(document, list);
    ancestor_facts_ = fresh_facts_.text();
    return;
  }
  // The children of one process have all of them in common.
  bool known_before = true;
  const std::string_view numbers(reinterpret_cast<const char*>(pieces.data()), pieces.size_bytes());
  const KnownParts::Parts& known =
      known_ancestries_.find(document, {0, 0, numbers}, [&](KnownParts::Parts& parts) {
        known_before = false;
        parts.named = json.capture([&] { write_ancestry(document, list); });
        parts.rest = fresh_facts_.text();
      });
  if (known_before) json.repeat(known.named);
  ancestor_facts_ = known.rest;
}

// Each by itself: most lists are new by one of them alone.
void Ocsf::write_ancestry(Document& document, std::string_view list) {
  JsonText elements(list);
  elements.begin('[');
  std::string_view element;
  std::size_t read = 0;
  const auto read_element = [&](std::size_t at) {
    while (read <= at && elements.next_element(element)) ++read;
    return read > at;
  };
  const auto make = [&](std::size_t at, KnownParts::Parts& parts) {
    if (!read_element(at)) return;
    parts.named = document.apart([&] { write_entity(document, element); });
    parts.rest = document.apart([&] { write_facts(document, element); });
  };

  const std::span<const std::uint64_t> pieces = document.line.ancestors();
  JsonWriter& json = document.json;
  json.begin_array();
  fresh_facts_.clear();
  fresh_facts_.begin_array();
  for (std::size_t at = 0; pieces.empty() || at < pieces.size(); ++at) {
    ValueKey key;
    if (!pieces.empty()) key.piece = pieces[at];
    if (key.piece == 0) {
      if (!read_element(at)) break;
      key.text = element;
    }
    const KnownParts::Parts& known =
        known_ancestors_.find(document, key, [&](KnownParts::Parts& parts) { make(at, parts); });
    json.repeat(known.named);
    fresh_facts_.repeat(known.rest);
  }
  json.end_array();
  fresh_facts_.end_array();
}

void Ocsf::write_entity(Document& document, std::string_view ancestor) {
  document.json.begin_object();
  put_entity(document, ProcessObject::read(ancestor));
  document.json.end_object();
}

std::string_view Ocsf::cpid(Document& document) {
  SourceLine& line = document.line;
  const std::uint64_t start_ns = line.number(Field::start_ns);
  const std::uint64_t ns_pid = line.number(Field::ns_pid);
  std::uint64_t inode = 0;
  JsonText namespaces(line.peek(Field::ns, Kind::object));
  std::string_view name;
  std::string_view value;
  for (namespaces.begin('{'); inode == 0 && namespaces.next_member(name, value);) {
    if (name == "pid") inode = parse_number<std::uint64_t>(value).value_or(0);
  }
  if (!document.origin->boot || start_ns == 0 || ns_pid == 0 || inode == 0) return {};
  const CpidFacts facts{*document.origin->boot, inode, start_ns / kTickNs, ns_pid};
  KnownCpid& known = cpids_[(facts.ns_pid + facts.start_ticks) % cpids_.size()];
  if (known.facts != facts) known = {facts, cpid_of(facts)};
  return {known.cpid.data(), known.cpid.size()};
}

void Ocsf::unmapped(Document& document) {
  JsonWriter& json = document.json;
  SourceLine& line = document.line;
  for (const Field field : {Field::v, Field::time}) line.mark_taken(field);
  json.key("unmapped");
  json.begin_object();
  document.put_remaining();
  document.slice("ancestors", ancestor_facts_);
  put_rest(json, "container",
           line.is_taken(Field::container) ? line.peek(Field::container, Kind::object) : "",
           {"id", "name", "runtime"}, line.ours());
  json.end_object();
}

// What a process_entity has no names for, by the ancestor's id.
void Ocsf::write_facts(Document& document, std::string_view ancestor) {
  JsonWriter& json = document.json;
  json.begin_object();
  for_each_member(ancestor, [&](std::string_view name, std::string_view value) {
    if (name == "pid" || name == "comm" || name == "exe") return;
    json.plain_key(name);
    put_value(json, value, document.line.ours());
  });
  json.end_object();
}

}  // namespace proctree::schema
