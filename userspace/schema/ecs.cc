// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "schema/ecs.hpp"

#include "base/ip_address.hpp"
#include "schema/capability_names.hpp"
#include "schema/terminal.hpp"

namespace proctree::schema {

namespace {

constexpr std::string_view kEcsVersion = "9.4.0";

std::string_view event_type(LineType type) {
  switch (type) {
    case LineType::fork:
    case LineType::exec:
      return "start";
    case LineType::exit:
      return "end";
    default:
      return "info";
  }
}

std::string_view event_kind(LineType type) {
  if (type == LineType::process) return "state";
  return type == LineType::lost ? "pipeline_error" : "event";
}

// The first string of that name in an object; empty: none.
std::string_view string_of(std::string_view object, std::string_view name) {
  JsonText members(object);
  std::string_view member;
  std::string_view value;
  for (members.begin('{'); members.next_member(member, value);) {
    if (member == name && is_of(Kind::string, value)) return value;
  }
  return {};
}

// Where a session came in, in the schema's own words.
std::string_view entry_word(std::string_view type) {
  if (type == "ssh") return "sshd";
  if (type == "login") return "console";
  if (type == "terminal" || type == "container" || type == "unknown") return type;
  return "init";
}

void terminal(JsonWriter& json, std::string_view tty) {
  if (tty.empty()) return;
  json.key("tty");
  json.begin_object();
  if (const auto device = terminal_device(inside(tty))) {
    json.key("char_device");
    json.begin_object();
    json.field("major", device->major);
    json.field("minor", device->minor);
    json.end_object();
  }
  json.end_object();
}

// The object `event` stays open.
void put_head(JsonWriter& json, LineType type) {
  json.key("ecs");
  json.begin_object();
  json.plain_field("version", kEcsVersion);
  json.end_object();
  json.key("event");
  json.begin_object();
  json.plain_field("kind", event_kind(type));
  if (is_of_process(type)) {
    json.key("category");
    json.begin_array();
    json.plain("process");
    json.end_array();
  }
  json.key("type");
  json.begin_array();
  json.plain(event_type(type));
  json.end_array();
  json.plain_field("module", "proctree");
  json.plain_field("dataset", "proctree.events");
  if (type == LineType::exec_failed) json.plain_field("outcome", "failure");
}

void put_program(Document& document, const ProcessObject& process) {
  document.slice("name", process.comm);
  document.slice("executable", process.exe);
}

// The members that every process has, the object being open.
void put_process(Document& document, const ProcessObject& process) {
  document.number("pid", process.pid);
  document.slice("entity_id", process.id);
  if (const auto start = document.date_of(process.start_ns); !start.empty())
    document.json.plain_field("start", start);
  put_program(document, process);
}

template <std::size_t N>
void user(Document& document, const char (&name)[N], std::string_view id, std::string_view user) {
  if (id.empty() && user.empty()) return;
  document.json.key(name);
  document.json.begin_object();
  document.digits("id", id);
  document.slice("name", user);
  document.json.end_object();
}

template <std::size_t N>
void group(Document& document, const char (&name)[N], std::string_view id) {
  if (id.empty()) return;
  document.json.key(name);
  document.json.begin_object();
  document.json.plain_field("id", id);
  document.json.end_object();
}

bool is_same(const SourceLine& line, const ProcessObject& leader) {
  const std::string_view id = line.peek(Field::id, Kind::string);
  const bool by_id = !id.empty() && !leader.id.empty();
  return by_id ? id == leader.id : line.peek(Field::pid, Kind::number) == leader.pid;
}

// Of what is known of another process than the line's own.
bool is_other(const SourceLine& line, const KnownParts::Parts& known) {
  const std::string_view id = line.peek(Field::id, Kind::string);
  return !id.empty() && !known.id.empty() && id != known.id;
}

void put_leader(Document& document, const ProcessObject& leader, bool same) {
  document.json.begin_object();
  put_process(document, leader);
  document.json.field("same_as_process", same);
  document.json.end_object();
}

template <std::size_t N>
void put_leader_rest(Document& document, const char (&name)[N], std::string_view object) {
  put_rest(document.json, name, object, {"pid", "start_ns", "id", "comm", "exe"}, document.line.ours());
}

void write_entry_rest(JsonWriter& json, std::string_view object, bool ours) {
  const bool address = is_ip_address(inside(ProcessObject::read(object).source_ip));
  put_rest(json, "entry", object,
           {"pid", "start_ns", "id", "comm", "exe", "args", "user", "uid", address ? "source_ip" : "pid"},
           ours);
}

}  // namespace

// The documents' first members, of which each type has its own: up to those that each line has its own of.
Ecs::Ecs() {
  for (std::size_t i = 0; i < heads_.size(); ++i) {
    const auto type = static_cast<LineType>(i);
    JsonWriter json;
    json.begin_object();
    put_head(json, type);
    if (type == LineType::exit) {
      json.plain_field("action", "end");
    } else {
      json.plain_field("action", name_of(type));
    }
    heads_[i] = json.text().substr(1);
  }
}

void Ecs::write_origin(StreamOrigin& origin) {
  Document document;
  JsonWriter& json = document.json;
  json.begin_object();
  json.key("host");
  json.begin_object();
  document.slice("name", origin.host_name);
  document.slice("hostname", origin.host_name);
  document.slice("id", origin.host_id);
  document.slice("architecture", origin.arch);
  if (!origin.boot_id.empty()) {
    json.key("boot");
    json.begin_object();
    document.slice("id", origin.boot_id);
    json.end_object();
  }
  json.key("os");
  json.begin_object();
  json.plain_field("type", "linux");
  document.slice("kernel", origin.kernel);
  json.end_object();
  json.end_object();
  json.key("agent");
  json.begin_object();
  json.plain_field("type", "proctree");
  document.slice("version", origin.tracer_version);
  json.end_object();
  json.end_object();
  origin.written = inside(json.text());
}

void Ecs::write(Document& document) {
  JsonWriter& json = document.json;
  entry_ = container_ = session_leader_.of_document = group_leader_.of_document = nullptr;
  json.begin_object();
  document.now("@timestamp");
  event(document);
  json.repeat(document.origin->written);
  if (is_of_process(document.type)) {
    process(document);
    container(document);
  }
  own(document);
  json.end_object();
}

void Ecs::event(Document& document) {
  JsonWriter& json = document.json;
  SourceLine& line = document.line;
  if (document.type != LineType::other) {
    json.repeat(heads_[static_cast<std::size_t>(document.type)]);
  } else {
    put_head(json, document.type);
    document.slice("action", line.peek(Field::type, Kind::string));
  }
  document.slice("id", document.uid());
  document.number("sequence", line.take(Field::seq, Kind::number));
  if (document.type == LineType::exit) {
    document.number("duration", line.take(Field::runtime_ns, Kind::number));
    const std::string_view start = document.date_of(line.peek(Field::start_ns, Kind::number));
    if (!start.empty()) json.plain_field("start", start);
    if (!document.is_inferred()) document.now("end");
  }
  json.end_object();
  if (document.type != LineType::exec_failed) return;
  const std::string_view error = line.take(Field::error, Kind::string);
  if (error.empty()) return;
  json.key("error");
  json.begin_object();
  document.slice("code", error);
  json.end_object();
}

void Ecs::process(Document& document) {
  JsonWriter& json = document.json;
  SourceLine& line = document.line;
  json.key("process");
  json.begin_object();
  put_process(document, take_self(document));
  arguments(document, line.take(Field::args, Kind::array));
  document.string("working_directory", Field::cwd);
  document.number("vpid", line.take(Field::ns_pid, Kind::number));
  document.number("exit_code", line.take(Field::exit_code, Kind::number));
  if (document.type == LineType::exit && !document.is_inferred()) document.now("end");
  if (const auto tty = line.peek(Field::tty, Kind::string); !tty.empty())
    json.repeat(known_terminals_.named(document, {0, 0, tty}, [&] { terminal(json, tty); }));

  users(document);
  capabilities(document);
  if (const auto hash = line.take(Field::exe_sha256, Kind::string); !hash.empty()) {
    json.key("hash");
    json.begin_object();
    document.slice("sha256", hash);
    json.end_object();
  }
  if (const auto env = line.take(Field::env, Kind::object); !env.empty()) {
    json.key("env_vars");
    json.begin_array();
    document.for_each_variable(env, [&](std::string_view variable, std::string_view value) {
      text_ = '"';
      (((text_ += variable) += '=') += value) += '"';
      json.repeat(text_);
    });
    json.end_array();
  }
  if (const auto exe = string_of(line.take(Field::previous, Kind::object), "exe"); !exe.empty()) {
    json.key("previous");
    json.begin_array();
    json.begin_object();
    document.slice("executable", exe);
    json.end_object();
    json.end_array();
  }
  parent(document);
  leader(document, "session_leader", Field::session_leader, Field::sid, session_leader_);
  leader(document, "group_leader", Field::group_leader, Field::pgid, group_leader_);
  entry_leader(document);
  json.end_object();
}

void Ecs::arguments(Document& document, std::string_view args) {
  const Arguments* arguments = args.empty() ? nullptr : document.arguments(args);
  if (arguments == nullptr) return;
  document.slice("args", args);
  document.json.field("args_count", arguments->count);
  if (arguments->count != 0) document.slice("command_line", arguments->command_line);
}

void Ecs::users(Document& document) {
  known_users_.put(document, {Field::uid, Field::user, Field::gid, Field::euid, Field::egid},
                   [&] { write_users(document); });
}

void Ecs::write_users(Document& document) {
  SourceLine& line = document.line;
  const std::string_view uid = line.take(Field::uid, Kind::number);
  const std::string_view euid = line.take(Field::euid, Kind::number);
  const std::string_view name = line.take(Field::user, Kind::string);
  user(document, "user", euid, uid == euid ? name : std::string_view{});
  user(document, "real_user", uid, name);
  group(document, "group", line.take(Field::egid, Kind::number));
  group(document, "real_group", line.take(Field::gid, Kind::number));
}

void Ecs::parent(Document& document) {
  const std::string_view creator = creator_members(document, known_parents_, [&](const ProcessObject& of) {
    put_process(document, of);
    arguments(document, of.args);
  });
  if (creator.empty()) return;
  JsonWriter& json = document.json;
  json.key("parent");
  json.begin_object();
  json.repeat(creator);
  put_program(document, program_of_forker(document));
  json.end_object();
}

// Of a line without the leader itself its number is known, and all of it where the process leads.
template <std::size_t N>
void Ecs::leader(Document& document, const char (&name)[N], Field field, Field number, LeaderPart& part) {
  SourceLine& line = document.line;
  const std::string_view object = line.peek(field, Kind::object);
  if (!object.empty()) {
    const auto make = [&](KnownParts::Parts& parts) {
      const ProcessObject leader = ProcessObject::read(object);
      if (leader.pid.empty() || leader.pid == "0") return;
      parts.id = leader.id;
      parts.named = document.apart([&] { put_leader(document, leader, false); });
      parts.rest = document.apart([&] { put_leader_rest(document, name, object); });
    };
    const KnownParts::Parts& known = part.known.find(document, line.key(field), make);
    if (is_other(line, known)) {
      part.of_document = &known;
      line.mark_taken(field);
      line.mark_taken(number);
      document.json.key(name);
      return document.json.repeat(known.named);
    }
  }
  ProcessObject leader = ProcessObject::read(object);
  if (leader.pid.empty()) leader.pid = line.peek(number, Kind::number);
  if (leader.pid.empty() || leader.pid == "0") return;
  line.mark_taken(field);
  line.mark_taken(number);
  if (leader.id.empty() && leader.pid == line.peek(Field::pid, Kind::number)) {
    leader.id = line.peek(Field::id, Kind::string);
    leader.start_ns = line.peek(Field::start_ns, Kind::number);
  }
  document.json.key(name);
  put_leader(document, leader, is_same(line, leader));
}

template <std::size_t N>
void Ecs::leader_rest(Document& document, const char (&name)[N], Field field, const LeaderPart& part) {
  if (part.of_document == nullptr) {
    if (document.line.is_taken(field))
      put_leader_rest(document, name, document.line.peek(field, Kind::object));
  } else if (!part.of_document->rest.empty()) {
    document.json.repeat(part.of_document->rest);
  }
}

void Ecs::entry_leader(Document& document) {
  SourceLine& line = document.line;
  const std::string_view object = line.take(Field::entry, Kind::object);
  if (object.empty()) return;
  const KnownParts::Parts& known =
      known_entries_.find(document, line.key(Field::entry), [&](KnownParts::Parts& parts) {
        const ProcessObject entry = ProcessObject::read(object);
        parts.id = entry.id;
        parts.named = document.apart([&] { write_entry_leader(document, entry, false); });
        parts.rest = document.apart([&] { write_entry_rest(document.json, object, line.ours()); });
      });
  entry_ = &known;
  if (is_other(line, known)) return document.json.repeat(known.named);
  const ProcessObject entry = ProcessObject::read(object);
  write_entry_leader(document, entry, is_same(line, entry));
}

void Ecs::write_entry_leader(Document& document, const ProcessObject& entry, bool same) {
  JsonWriter& json = document.json;
  json.key("entry_leader");
  json.begin_object();
  put_process(document, entry);
  if (!entry.pid.empty()) json.field("same_as_process", same);
  arguments(document, entry.args);
  terminal(json, entry.tty);
  user(document, "real_user", entry.uid, entry.user);
  json.key("entry_meta");
  json.begin_object();
  json.plain_field("type", entry_word(inside(entry.type)));
  if (is_ip_address(inside(entry.source_ip))) {
    json.key("source");
    json.begin_object();
    document.slice("ip", entry.source_ip);
    json.end_object();
  }
  json.end_object();
  json.end_object();
}

void Ecs::capabilities(Document& document) {
  known_capabilities_.put(document, {Field::caps_effective, Field::caps_permitted},
                          [&] { write_capabilities(document); });
}

void Ecs::write_capabilities(Document& document) {
  const std::string_view effective = document.line.take(Field::caps_effective, Kind::string);
  const std::string_view permitted = document.line.take(Field::caps_permitted, Kind::string);
  if (effective.empty() && permitted.empty()) return;
  JsonWriter& json = document.json;
  json.key("thread");
  json.begin_object();
  json.key("capabilities");
  json.begin_object();
  if (!effective.empty()) {
    json.key("effective");
    put_capabilities(json, inside(effective));
  }
  if (!permitted.empty()) {
    json.key("permitted");
    put_capabilities(json, inside(permitted));
  }
  json.end_object();
  json.end_object();
}

// Of a line with the container's id in a piece both members are in it.
void Ecs::container(Document& document) {
  SourceLine& line = document.line;
  const ValueKey key{line.piece(Field::container_id), 0, {}};
  if (key.piece == 0) return write_container(document);
  const KnownParts::Parts& known = known_containers_.find(document, key, [&](KnownParts::Parts& parts) {
    parts.named = document.apart([&] { write_container(document); });
    parts.rest = document.apart([&] { container_rest(document); });
  });
  container_ = &known;
  line.mark_taken({Field::container_id, Field::container});
  document.json.repeat(known.named);
}

void Ecs::write_container(Document& document) {
  SourceLine& line = document.line;
  const std::string_view id = line.take(Field::container_id, Kind::string);
  const std::string_view object = line.take(Field::container, Kind::object);
  if (id.empty() && object.empty()) return;
  const ContainerObject container = ContainerObject::read(object);
  document.json.key("container");
  document.json.begin_object();
  document.slice("id", container.id.empty() ? id : container.id);
  document.slice("name", container.name);
  document.slice("runtime", container.runtime);
  if (!container.image.empty()) {
    document.json.key("image");
    document.json.begin_object();
    document.slice("name", container.image);
    document.json.end_object();
  }
  document.json.end_object();
}

void Ecs::container_rest(Document& document) {
  put_rest(document.json, "container", document.line.peek(Field::container, Kind::object),
           {"id", "name", "runtime", "image"}, document.line.ours());
}

// All that the schema has no names for.
void Ecs::own(Document& document) {
  JsonWriter& json = document.json;
  SourceLine& line = document.line;
  for (const Field field : {Field::v, Field::type, Field::seq, Field::time}) line.mark_taken(field);
  json.key("proctree");
  json.begin_object();
  const bool ours = line.ours();
  if (is_of_process(document.type)) {
    document.put_remaining();
    put_rest(json, "previous", line.peek(Field::previous, Kind::object), {"exe"}, ours);
    leader_rest(document, "session_leader", Field::session_leader, session_leader_);
    leader_rest(document, "group_leader", Field::group_leader, group_leader_);
    if (entry_ != nullptr && !entry_->rest.empty()) json.repeat(entry_->rest);
    if (container_ == nullptr) {
      container_rest(document);
    } else if (!container_->rest.empty()) {
      json.repeat(container_->rest);
    }
  } else {
    document.string("stream", Field::stream);
    document.number("ktime_ns", line.take(Field::ktime_ns, Kind::number));
    const std::string_view type =
        document.type == LineType::other ? "other" : inside(line.peek(Field::type, Kind::string));
    json.plain_key(type);
    json.begin_object();
    document.put_remaining();
    json.end_object();
  }
  json.end_object();
}

}  // namespace proctree::schema
