// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "history/describe.hpp"

#include <algorithm>
#include <array>
#include <span>

#include "base/escape.hpp"
#include "base/json_cursor.hpp"
#include "base/time_of_day.hpp"
#include "base/timestamp.hpp"
#include "base/try.hpp"
#include "tree/lineage.hpp"

namespace proctree {

namespace {

// Which members of a line are of its event, or come from the store's own tables.
constexpr std::array<std::string_view, 18> kNotCopied = {"v",
                                                         "type",
                                                         "host",
                                                         "stream",
                                                         "seq",
                                                         "time",
                                                         "ktime_ns",
                                                         "creator_pid",
                                                         "creator_id",
                                                         "creator_start_ns",
                                                         "creator_comm",
                                                         "resync",
                                                         "previous",
                                                         "chain",
                                                         "ancestors",
                                                         "ancestors_truncated",
                                                         "lineage_complete",
                                                         "chain_truncated"};
constexpr std::array<std::string_view, 7> kOfAnEnd = {"exit_code", "signal",    "core_dumped", "runtime_ns",
                                                      "user_ns",   "system_ns", "max_rss_kb"};
constexpr std::size_t kCommandMost = 200;

// Fields of a line as they stand there.
void copy_fields(JsonWriter& json, std::string_view line, std::span<const std::string_view> names,
                 bool wanted) {
  JsonCursor cursor;
  cursor.start(line);
  if (!cursor.begin_object()) return;
  for (std::string_view key; cursor.next_key(key);) {
    std::string_view value;
    if (!cursor.raw(value)) return;
    const bool is_plain = std::ranges::all_of(
        key, [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_'; });
    if (!is_plain || (std::ranges::find(names, key) != names.end()) != wanted) continue;
    json.plain_key(key);
    json.repeat(value);
  }
}

// No field where the store has no text.
void write_text(JsonWriter& json, const auto& key, const std::string& text) {
  if (!text.empty()) json.string_field(key, text);
}

}  // namespace

std::string HistoryDescriber::visible(std::string_view text) const {
  std::string out;
  append_visible(out, text, charset_);
  return out;
}

Result<std::string> HistoryDescriber::name(const HistoryImage& image) {
  const std::string& comm = (PROCTREE_TRY(store_.program(image.program)))->comm;
  return comm.empty() ? std::string("unknown") : visible(comm);
}

Result<std::string> HistoryDescriber::command(const HistoryImage& image) {
  const std::string list = PROCTREE_TRY(store_.args(image));
  std::string text;
  JsonCursor cursor;
  cursor.start(list);
  if (!list.empty() && cursor.begin_array()) {
    std::string_view argument;
    while (text.size() < kCommandMost && cursor.next_element() && cursor.string(argument)) {
      if (!text.empty()) text += ' ';
      append_shell_word(text, argument.substr(0, kCommandMost), charset_);
    }
  }
  return text.empty() ? name(image) : Result<std::string>(text);
}

Result<std::string> HistoryDescriber::life(const HistoryProcess& process) {
  const Lifetime life = PROCTREE_TRY(store_.lifetime(process));
  std::string text;
  if (life.ended_between) {
    return "?, ended between " + local_time_text(life.ended_between->first) + " and " +
           local_time_text(life.ended_between->second);
  }
  if (!life.until_ns) return std::string("no end known");
  append_duration(text, static_cast<std::uint64_t>(std::max<std::int64_t>(*life.until_ns - life.since_ns, 0)),
                  charset_);
  if (process.signal) return text + ", signal " + std::to_string(*process.signal);
  return text + ", exit " + std::to_string(process.exit_code.value_or(0));
}

Result<std::string> HistoryDescriber::host(const HistoryProcess& process) {
  if (!store_.has_several_hosts()) return std::string();
  const std::string& name = (PROCTREE_TRY(store_.host_of(process)))->name;
  return name.empty() ? std::string("(of no known host)") : visible(name);
}

Result<void> HistoryDescriber::append_line(std::string& out, const HistoryProcess& process,
                                           const HistoryImage& image) {
  out += local_time_text(process.born_ns);
  if (const std::string on = PROCTREE_TRY(host(process)); !on.empty()) out += "  " + on;
  out += "  " + std::to_string(process.key.pid) + "  ";
  out += visible((PROCTREE_TRY(store_.program(image.program)))->user) + "  " + PROCTREE_TRY(command(image));
  out += "  (" + PROCTREE_TRY(life(process));
  const std::int64_t repeats = PROCTREE_TRY(store_.repeats(process));
  if (repeats != 0) out += (charset_ == Charset::utf8 ? ", ×" : ", x") + std::to_string(repeats + 1);
  out += ")  " + PROCTREE_TRY(store_.id_of(process)) + "\n";
  return {};
}

Result<void> HistoryDescriber::write_identity(JsonWriter& json, const HistoryProcess& process) {
  json.field("pid", process.key.pid);
  json.field("start_ns", process.key.start_ns);
  json.plain_field("id", PROCTREE_TRY(store_.id_of(process)));
  return {};
}

Result<void> HistoryDescriber::write_end(JsonWriter& json, const HistoryProcess& process) {
  const Lifetime life = PROCTREE_TRY(store_.lifetime(process));
  UtcTime utc;
  if (life.ended_between) {
    json.key("ended_between");
    json.begin_array();
    json.plain(utc.format(life.ended_between->first));
    json.plain(utc.format(life.ended_between->second));
    json.end_array();
  } else if (life.until_ns) {
    json.plain_field("ended", utc.format(*life.until_ns));
    copy_fields(json, PROCTREE_TRY(store_.line(process.exit_stream, process.exit_seq)), kOfAnEnd, true);
  }
  const std::int64_t repeats = PROCTREE_TRY(store_.repeats(process));
  if (repeats != 0) json.field("repeats", repeats);
  return {};
}

Result<void> HistoryDescriber::write_fields(JsonWriter& json, const HistoryProcess& process,
                                            const HistoryImage& image) {
  UtcTime utc;
  json.plain_field("time", utc.format(process.born_ns));
  std::string_view line;
  if (image.seq != 0) line = PROCTREE_TRY(store_.line(image.stream, image.seq));
  if (!line.empty()) {
    // An exit's line, which may be all that there is, has its end too.
    std::vector<std::string_view> left_out(kNotCopied.begin(), kNotCopied.end());
    left_out.insert(left_out.end(), kOfAnEnd.begin(), kOfAnEnd.end());
    copy_fields(json, line, left_out, false);
  } else {
    PROCTREE_CHECK(write_identity(json, process));
    const HistoryProgram& program = *PROCTREE_TRY(store_.program(image.program));
    write_text(json, "comm", program.comm);
    write_text(json, "exe", program.exe);
    write_text(json, "user", program.user);
  }
  if (const HistoryHost& host = *PROCTREE_TRY(store_.host_of(process)); !host.name.empty()) {
    json.key("host");
    json.begin_object();
    json.string_field("name", host.name);
    write_text(json, "id", host.id);
    json.end_object();
  }
  if (process.creator != 0) {
    if (const auto creator = PROCTREE_TRY(store_.find(process.creator))) {
      json.field("creator_pid", creator->key.pid);
      json.field("creator_start_ns", creator->key.start_ns);
      json.plain_field("creator_id", PROCTREE_TRY(store_.id_of(*creator)));
    }
  } else if (process.creator_pid) {
    json.field("creator_pid", *process.creator_pid);
  }
  if (process.creator != 0) json.plain_field("edge", edge_name(process.edge));
  return write_end(json, process);
}

Result<void> HistoryDescriber::write_lineage(JsonWriter& json, const HistoryLine& line) {
  json.string_field("chain", PROCTREE_TRY(chain_text(store_, line)));
  PROCTREE_CHECK(write_ancestors(json, line));
  json.field("lineage_complete", PROCTREE_TRY(is_complete(store_, line)));
  return {};
}

Result<void> HistoryDescriber::write_ancestors(JsonWriter& json, const HistoryLine& line) {
  UtcTime utc;
  json.key("ancestors");
  json.begin_array();
  for (std::size_t i = 1; i < line.links.size(); ++i) {
    const HistoryLink& link = line.links[i];
    json.begin_object();
    PROCTREE_CHECK(write_identity(json, link.process));
    json.plain_field("time", utc.format(link.process.born_ns));
    const HistoryProgram& program = *PROCTREE_TRY(store_.program(link.image.program));
    write_text(json, "comm", program.comm);
    write_text(json, "exe", program.exe);
    if (const std::string args = PROCTREE_TRY(store_.args(link.image)); !args.empty()) {
      json.key("args");
      json.repeat(args);
    }
    write_text(json, "user", link.user);
    json.plain_field("edge", edge_name(line.links[i - 1].process.edge));
    if ((PROCTREE_TRY(store_.lifetime(link.process))).until_ns) json.field("exited", true);
    PROCTREE_CHECK(write_end(json, link.process));
    json.end_object();
  }
  if (line.unknown_pid != 0) {
    json.begin_object();
    json.field("pid", line.unknown_pid);
    json.plain_field("edge", edge_name(Edge::inferred));
    json.end_object();
  }
  json.end_array();
  return {};
}

}  // namespace proctree
