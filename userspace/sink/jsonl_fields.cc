// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "sink/jsonl_fields.hpp"

#include <sys/wait.h>

#include <algorithm>
#include <array>
#include <cstring>

#include "base/escape.hpp"
#include "base/timestamp.hpp"
#include "base/utf8.hpp"
#include "sink/json_facts.hpp"
#include "sink/line_cutter.hpp"
#include "tree/container.hpp"
#include "tree/entry_type.hpp"
#include "tree/file_kind.hpp"
#include "tree/lineage.hpp"
#include "tree/process_id.hpp"
#include "tree/variable_names.hpp"

namespace proctree {

namespace {

std::string_view exe_of(const ProcessRecord& record) {
  if (record.image != nullptr) return record.image->exe;
  return record.slot == kNoSlot ? std::string_view{} : record.head.table->exe(record.slot);
}

constexpr std::size_t kWhole = std::numeric_limits<std::size_t>::max();

std::array<std::uint64_t, 2> numbers_of(const ProcKey& key) { return {key.pid, key.start_ns}; }

}  // namespace

void JsonFields::identity(const RecordHead& head, const ProcKey& key) {
  json_.field("pid", key.pid);
  if (key.start_ns == 0) return;
  json_.field("start_ns", key.start_ns);
  id("id", head, key);
}

template <std::size_t N>
void JsonFields::id(const char (&name)[N], const RecordHead& head, const ProcKey& key) {
  if (head.host->id_prefix.empty()) return;  // ids are unknown (engine/host.hpp)
  json_.key(name);
  scratch_.clear();
  append_process_id(scratch_, head.host->id_prefix, key);
  json_.plain(scratch_);
}

void JsonFields::hash(const HashRecord& record) {
  known_identity(record.head, record.process);
  if (record.exec_seq != kUnknownSeq) json_.field("exec_seq", record.exec_seq);
  write_facts<Part::hashes>(json_, record.image);
}

// Of a process that lines before have named, most likely.
void JsonFields::known_identity(const RecordHead& head, const ProcKey& key) {
  identities_.put(json_, key.pid, facts_.begin(numbers_of(key)).bytes(), [&] { identity(head, key); });
}

void JsonFields::process(const ProcessRecord& record) {
  const TaskFacts& task = *record.task;
  const bool seen = has_proc_facts(task);
  known_identity(record.head, task.self);
  if (task.parent.pid != kUnsetId) json_.field("ppid", task.parent.pid);
  creator(record);
  if (seen || task.comm != kUnknownComm) json_.string_field("comm", task.comm);
  if (const auto exe = exe_of(record); !exe.empty()) json_.string_field("exe", exe);
  write_facts<Part::marks>(json_, task);
  if (seen) credentials(record);
}

void JsonFields::credentials(const ProcessRecord& record) {
  const TaskFacts& task = *record.task;
  user(task, record.head.users->name(task.uid));
  write_facts<Part::session>(json_, task);
  leaders(record);
  namespaces(task);
  write_facts<Part::scope>(json_, task);
  if (!task.cgroup.empty()) cgroup(record);
  write_facts<Part::scope_marks>(json_, task);
}

void JsonFields::leaders(const ProcessRecord& record) {
  leader("session_leader", record, record.session_leader());
  leader("group_leader", record, record.group_leader());
}

// With what it runs where the line says the same of the process.
template <std::size_t N>
void JsonFields::leader(const char (&name)[N], const ProcessRecord& record, const Leader& leader) {
  if (leader.key.pid == 0) return;
  const bool whole = record.image != nullptr;
  const auto [pid, start_ns] = numbers_of(leader.key);
  const std::array facts{pid, start_ns, whole ? std::uint64_t{leader.comm.size()} : 0};
  facts_.begin(facts);
  if (whole) facts_.add(leader.comm).add(leader.exe);
  json_.key(name);
  (whole ? leaders_ : short_leaders_).put(json_, leader.key.pid, facts_.bytes(), [&] {
    json_.begin_object();
    identity(record.head, leader.key);
    if (whole) write_facts<Part::leader>(json_, leader);
    json_.end_object();
  });
}

void JsonFields::user(const TaskFacts& task, std::string_view name) {
  facts_.begin(std::array{task.uid, task.gid, task.euid, task.egid, task.loginuid, task.audit_session})
      .add(name);
  users_.put(json_, task.uid, facts_.bytes(), [&] {
    write_facts<Part::real_user>(json_, task);
    json_.string_field("user", name);
    write_facts<Part::credentials>(json_, task);
  });
}

void JsonFields::cgroup(const ProcessRecord& record) {
  const std::string_view path = record.task->cgroup;
  const auto write_path = [&](const Container& found) {
    json_.string_field("cgroup", path);
    if (!found.id().empty()) json_.string_field("container_id", found.id());
  };
  if (record.image == nullptr)
    return cgroups_.put(json_, path.size(), path, [&] { write_path(container_of(path)); });
  ContainerNames names;
  const bool may_be_named = record.recorded != nullptr || record.head.table->any_names_container();
  if (may_be_named) names = record.container_names(container_of(path).id());
  const std::array<std::uint64_t, 3> sizes{path.size(), names.name.size(), record.task->cgroup_truncated};
  facts_.begin(sizes).add(path).add(names.name).add(names.image);
  whole_cgroups_.put(json_, path.size(), facts_.bytes(), [&] {
    const Container found = container_of(path);
    write_path(found);
    const Units units = record.units();
    if (!units.unit.empty()) json_.string_field("unit", units.unit);
    if (!units.user_unit.empty()) json_.string_field("user_unit", units.user_unit);
    if (!found.id().empty()) container({found.id(), found.runtime(), names.name, names.image});
  });
}

void JsonFields::container(const ContainerFacts& container) {
  json_.key("container");
  json_.begin_object();
  write_facts<Part::container>(json_, container);
  json_.end_object();
}

void JsonFields::creator(const ProcessRecord& record) {
  const ProcessTable& table = *record.head.table;
  const auto creator = creator_of(table, record.slot);
  if (!creator) return;
  creators_.put(json_, creator->pid, facts_.begin(numbers_of(*creator)).bytes(), [&] {
    json_.field("creator_pid", creator->pid);
    if (creator->start_ns == 0) return;
    json_.field("creator_start_ns", creator->start_ns);
    id("creator_id", record.head, *creator);
  });
  if (creator->start_ns == 0) return;
  // A child is called as its creator is, but where a thread of another name forked.
  const Slot slot = table[record.slot].creator;
  const bool named = record.kind == RecordKind::fork && table[slot].image != kNoImage;
  if (named && table.comm(slot) != record.task->comm) json_.string_field("creator_comm", table.comm(slot));
}

void JsonFields::namespaces(const TaskFacts& task) {
  if (std::ranges::all_of(task.ns, [](std::uint32_t inode) { return inode == 0; })) return;
  const auto known = [&]<std::size_t N>(const char(&name)[N], Namespace kind) {
    if (task.ns[kind] != 0) json_.field(name, task.ns[kind]);
  };
  namespaces_.put(json_, task.ns[kNsMnt], facts_.begin(task.ns).bytes(), [&] {
    json_.key("ns");
    json_.begin_object();
    known("pid", kNsPid);
    known("mnt", kNsMnt);
    known("net", kNsNet);
    known("user", kNsUser);
    known("uts", kNsUts);
    known("ipc", kNsIpc);
    known("cgroup", kNsCgroup);
    json_.end_object();
  });
}

void JsonFields::image(const ProcessRecord& record) {
  const ImageFacts& image = *record.image;
  if (image.args_known) arguments(image);
  image_number(record);
  write_facts<Part::filename>(json_, image);
  write_facts<Part::names>(json_, image);
  if (!image.exe.empty() || image.exe_inode != 0) executable(image, record.task->exec_seq);
  write_facts<Part::image_marks>(json_, image);
  if (image.caps_known) {
    const std::array caps{image.caps_effective, image.caps_permitted};
    capabilities_.put(json_, caps[0] ^ caps[0] >> 32, facts_.begin(caps).bytes(),
                      [&] { write_facts<Part::capabilities>(json_, image); });
  }
  write_facts<Part::hashes>(json_, image);
  environment(image);
  if (record.stdio != nullptr) stdio(record.head, *record.stdio);
}

void JsonFields::stdio(const RecordHead& head, const StandardFiles& files) {
  json_.key("stdio");
  json_.begin_array();
  for (std::size_t fd = 0; fd < files.size(); ++fd) {
    const StandardFile& file = files[fd];
    json_.begin_object();
    json_.field("fd", fd);
    json_.plain_field("kind", file_kind_name(file.kind));
    if (!file.path.empty()) json_.string_field("path", file.path);
    if (file.path_truncated) json_.field("path_truncated", true);
    if (file.inode != 0) json_.field("inode", file.inode);
    if (!file.peer.empty()) {
      json_.string_field("peer", file.peer);
    } else if (file.peer_process.pid != 0) {
      json_.key("peer");
      json_.begin_object();
      known_identity(head, file.peer_process);
      json_.end_object();
    }
    json_.end_object();
  }
  json_.end_array();
}

// Values that aren't UTF-8 stand in `env_raw` too.
void JsonFields::environment(const ImageFacts& image) {
  if (!image.env.empty()) {
    bool valid = true;
    json_.key("env");
    json_.begin_object();
    for_each_variable(image.env, [&](std::string_view name, std::string_view value) {
      json_.string_key(name);
      valid &= json_.string(value);
    });
    json_.end_object();
    if (!valid) raw_environment(image.env);
  }
  write_facts<Part::env>(json_, image);
}

void JsonFields::raw_environment(std::string_view env) {
  json_.key("env_raw");
  json_.begin_object();
  for_each_variable(env, [&](std::string_view name, std::string_view value) {
    if (is_utf8(value)) return;
    json_.string_key(name);
    json_.base64(value);
  });
  json_.end_object();
}

void JsonFields::executable(const ImageFacts& image, std::uint64_t exec_seq) {
  if (image.exe_inode != 0) write_facts<Part::file>(json_, image);
  write_facts<Part::file_state>(json_, image);
  // /proc has no exec_seq either, and doesn't say which layer of an overlay a file is on.
  if (exec_seq != kUnknownSeq) write_facts<Part::layer>(json_, image);
  write_facts<Part::file_marks>(json_, image);
}

void JsonFields::arguments(const ImageFacts& image) {
  const bool cut = arguments(image.args, line_max_);
  json_.field("args_size", image.args_size);
  if (cut || image.args.size() < image.args_size) json_.field("args_truncated", true);
  write_facts<Part::args>(json_, image);
}

// Each ended by NUL. Returns whether some are not in the line, which will be cut.
bool JsonFields::arguments(std::string_view args, std::size_t most) {
  // The last NUL ends the last argument (where that was cut, there is none).
  std::string_view joined = args.substr(0, most);
  bool cut = joined.size() < args.size();
  if (!cut && joined.ends_with('\0')) joined.remove_suffix(1);
  bool valid = true;
  json_.key("args");
  json_.begin_array();
  if (!args.empty()) {
    std::size_t begin = 0;
    while (true) {
      const std::size_t end = std::min(joined.find('\0', begin), joined.size());
      const JsonWriter::Taken taken = json_.string_up_to(joined.substr(begin, end - begin), most);
      valid &= taken.valid;
      if (end == joined.size() && taken.bytes == end - begin) break;
      if (json_.text().size() > most) {  // they are what will be cut
        joined = joined.substr(0, begin + taken.bytes);
        cut = true;
        break;
      }
      begin = end + 1;
    }
  }
  json_.end_array();
  if (!valid) json_.raw_field("args", joined);
  return cut;
}

void JsonFields::lineage(const ProcessRecord& record, std::size_t max) {
  if (record.previous) {
    json_.key("previous");
    json_.begin_object();
    write_facts(json_, *record.previous);
    json_.end_object();
  }
  scratch_.clear();
  append_chain(scratch_, TableLineage(*record.head.table, *record.head.users, record.slot), links_);
  json_.string_field("chain", scratch_);
  const Ancestry ancestry = ancestors(record.head, record.slot, max);
  if (ancestry.truncated) json_.field("ancestors_truncated", true);
  json_.field("lineage_complete", ancestry.complete);
}

JsonFields::Ancestry JsonFields::ancestors(const RecordHead& head, Slot slot, std::size_t max) {
  AncestryWalk walk(*head.table, *head.users, slot, head.lost);
  Ancestry ancestry;
  json_.key("ancestors");
  json_.begin_array();
  for (std::size_t count = 0; count < max; ++count) {
    if (count >= kNearestAncestors && json_.text().size() > line_max_) break;
    if (!walk.step()) break;
    AncestorNumbers numbers = walk.numbers();
    const std::string_view user = walk.user();
    numbers.user_size = static_cast<std::uint16_t>(user.size());
    // Of servers that fork as root and as others there are two.
    const std::size_t place = std::size_t{numbers.pid} << 1 | (numbers.uid == 0 ? 1U : 0U);
    ancestors_.put(json_, place, facts_.begin(numbers).add(user).add(walk.image_user()).bytes(),
                   [&] { ancestor(head, walk.ancestor()); });
  }
  while (walk.step()) ancestry.truncated = true;
  json_.end_array();
  ancestry.complete = walk.complete();
  return ancestry;
}

void JsonFields::ancestor(const RecordHead& head, const Ancestor& ancestor) {
  json_.begin_object();
  identity(head, ancestor.key);
  if (boot_realtime_ns_ && ancestor.key.start_ns != 0) {
    UtcTime time;
    const auto since_boot = static_cast<std::int64_t>(ancestor.key.start_ns);
    json_.plain_field("time", time.format(*boot_realtime_ns_ + since_boot));
  }
  if (ancestor.known) {
    if (ancestor.named) json_.string_field("comm", ancestor.comm);
    if (!ancestor.exe.empty()) json_.string_field("exe", ancestor.exe);
    command(ancestor);
    json_.string_field("user", ancestor.user);
    if (!ancestor.image_user.empty()) json_.string_field("image_user", ancestor.image_user);
  }
  json_.plain_field("edge", edge_name(ancestor.edge));
  if (ancestor.exited) json_.field("exited", true);
  if (ancestor.folded != 0) json_.field("folded", ancestor.folded);
  if (ancestor.forked_as) {
    json_.key("forked_as");
    json_.begin_object();
    json_.string_field("comm", ancestor.forked_as_comm);
    if (!ancestor.forked_as_exe.empty()) json_.string_field("exe", ancestor.forked_as_exe);
    json_.end_object();
  }
  json_.end_object();
}

// Both are the same for all that came in by the same entry. It doesn't move as long as anything that came in
// by it runs; its process shows whether it is the same one.
void JsonFields::short_entry(const ProcessRecord& record) {
  if (record.entry == nullptr) return;
  const EntryFacts& entry = *record.entry;
  const auto type = static_cast<std::uint64_t>(entry.type);
  const std::array facts{entry.process.start_ns, std::uint64_t{entry.process.pid} << 8 | type};
  short_entries_.put(json_, entry.process.pid, facts_.begin(facts).bytes(), [&] {
    json_.key("entry");
    json_.begin_object();
    json_.plain_field("type", entry_type_name(entry.type));
    if (entry.process.pid != 0) identity(record.head, entry.process);
    json_.end_object();
  });
}

void JsonFields::entry(const ProcessRecord& record) {
  if (record.entry == nullptr) return;
  const EntryFacts& entry = *record.entry;
  const std::string_view user = entry.uid == kUnsetId ? entry.user : record.head.users->name(entry.uid);
  const std::uint64_t rest = std::uint64_t{entry.process.pid} << 16 |
                             static_cast<std::uint64_t>(entry.type) << 8 | (record.entry_sure ? 1 : 0);
  const std::array facts{entry.process.start_ns, rest};
  entries_.put(json_, entry.process.pid, facts_.begin(facts).add(user).bytes(),
               [&] { write_entry(record, entry, user); });
}

void JsonFields::write_entry(const ProcessRecord& record, const EntryFacts& entry, std::string_view user) {
  json_.key("entry");
  json_.begin_object();
  json_.plain_field("type", entry_type_name(entry.type));
  if (entry.process.pid != 0) {
    identity(record.head, entry.process);
    write_facts<Part::entry_image>(json_, entry);
    if (entry.args_known) {
      arguments(entry.args, kWhole);  // whatever stands in the line: other lines repeat it
      json_.field("args_size", entry.args_size);
      if (entry.args.size() < entry.args_size) json_.field("args_truncated", true);
    }
    if (entry.uid != kUnsetId) json_.field("uid", entry.uid);
    if (!user.empty()) json_.string_field("user", user);
  }
  write_facts<Part::entry_source>(json_, entry);
  entry_server(record.head, entry);
  write_facts<Part::entry_asked>(json_, entry);
  if (!entry.container_id.empty()) {
    container({entry.container_id, entry.container_runtime, entry.container_name, entry.container_image});
  }
  if (!record.entry_sure) json_.field("sure", false);
  json_.end_object();
}

void JsonFields::entry_server(const RecordHead& head, const EntryFacts& entry) {
  if (entry.server.pid == 0) return;
  json_.key("server");
  json_.begin_object();
  identity(head, entry.server);
  if (!entry.server_comm.empty()) json_.string_field("comm", entry.server_comm);
  json_.end_object();
}

void JsonFields::command(const Ancestor& ancestor) {
  if (ancestor.args_known) {
    const bool cut = arguments(ancestor.args, line_max_);
    if (cut || ancestor.args_truncated) json_.field("args_truncated", true);
  }
  if (!ancestor.title.empty()) json_.string_field("title", ancestor.title);
  if (ancestor.title_truncated) json_.field("title_truncated", true);
  if (!ancestor.tty.empty()) json_.string_field("tty", ancestor.tty);
}

void JsonFields::image_number(const ProcessRecord& record) {
  if (record.task->exec_seq != kUnknownSeq) json_.field("exec_seq", record.task->exec_seq);
}

void JsonFields::failed_exec(const ProcessRecord& record) {
  const FailedExec& failed = *record.failed;
  image_number(record);
  if (failed.filename_known) json_.string_field("filename", failed.filename);
  if (failed.filename_truncated) json_.field("filename_truncated", true);
  if (failed.by_execveat) {
    json_.field("dirfd", failed.dirfd);
    write_facts<Part::execveat>(json_, failed);
  }
  write_facts<Part::error>(json_, failed);
  const char* name = ::strerrorname_np(static_cast<int>(failed.error));
  if (name != nullptr) json_.plain_field("error", name);
  write_facts<Part::cause>(json_, failed);
}

void JsonFields::exit(const ProcessRecord& record) {
  const ExitEvent& exit = *record.exit;
  const int status = static_cast<int>(exit.status);
  if (WIFSIGNALED(status)) {
    json_.field("signal", WTERMSIG(status));
    json_.field("core_dumped", WCOREDUMP(status) != 0);
  } else {
    json_.field("exit_code", WEXITSTATUS(status));
  }
  const std::uint64_t start_ns = record.task->self.start_ns;
  if (start_ns != 0) json_.field("runtime_ns", exit.ktime_ns > start_ns ? exit.ktime_ns - start_ns : 0);
  if (!exit.usage_known) return;
  write_facts<Part::usage, ExitFacts>(json_, exit);
  if (exit.max_rss_known) write_facts<Part::peak, ExitFacts>(json_, exit);
}

}  // namespace proctree
