// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// The fields of the JSON lines, each with what reads it, in the order in which sink/ writes them: those of
// the table of facts, and between them what more than one value decides.
#include <algorithm>
#include <array>
#include <concepts>

#include "replay/record_parser.hpp"
#include "tree/fact_table.hpp"

namespace proctree {

struct RecordParser::Tables {
  template <class Facts>
  static Facts& facts(RecordedLine& line) {
    if constexpr (std::same_as<Facts, TaskFacts>) return line.task;
    if constexpr (std::same_as<Facts, ImageFacts>) return line.image;
    if constexpr (std::same_as<Facts, PreviousImage>) return *line.previous;
    if constexpr (std::same_as<Facts, EntryFacts>) return *line.entry;
    if constexpr (std::same_as<Facts, FailedExec>) return line.failed;
    if constexpr (std::same_as<Facts, ExitFacts>) return line.exit;
    if constexpr (std::same_as<Facts, Loss>) return line.lost;
    if constexpr (std::same_as<Facts, Mending>) return line.mending;
    if constexpr (std::same_as<Facts, Totals>) return line.totals;
  }

  template <class At>
  static bool read(RecordParser& p) {
    constexpr Part kPart = At::kFact.part;
    if constexpr (kPart == Part::filename) p.line_.failed.filename_known = true;
    if constexpr (kPart == Part::capabilities) p.line_.image.caps_known = true;
    if constexpr (kPart == Part::usage) p.line_.exit.usage_known = true;
    if constexpr (kPart == Part::peak) p.line_.exit.max_rss_known = true;
    auto& value = facts<typename At::Facts>(p.line_).*At::kFact.member;
    if constexpr (kPart == Part::capabilities) {
      return p.hex(value);
    } else if constexpr (std::same_as<typename At::Value, std::string_view>) {
      return p.string(value);
    } else if constexpr (std::same_as<typename At::Value, bool>) {
      return p.truth(value);
    } else {
      return p.number(value);
    }
  }
  template <class At>
  static bool read_raw(RecordParser& p) {
    return p.raw(facts<typename At::Facts>(p.line_).*At::kFact.member);
  }
  template <class At>
  static constexpr auto kRawName = [] {
    std::array<char, At::kFact.text().size() + 4> name{};
    std::ranges::copy(std::string_view("_raw"), std::ranges::copy(At::kFact.text(), name.begin()).out);
    return name;
  }();

  // Of the facts of one part; a text is followed by its exact bytes.
  template <class Facts, Part kPart>
  static constexpr auto of() {
    constexpr std::size_t kCount = [] {
      std::size_t count = 0;
      for_each_fact<Facts>([&]<class At>(At) {
        if (At::kFact.part == kPart) count += std::same_as<typename At::Value, std::string_view> ? 2 : 1;
      });
      return count;
    }();
    std::array<Field, kCount> fields{};
    std::size_t at = 0;
    for_each_fact<Facts>([&]<class At>(At) {
      if constexpr (At::kFact.part == kPart) {
        fields[at++] = {At::kFact.text(), read<At>};
        if constexpr (std::same_as<typename At::Value, std::string_view>)
          fields[at++] = {{kRawName<At>.data(), kRawName<At>.size()}, read_raw<At>};
      }
    });
    return fields;
  }

  template <std::size_t... kSizes>
  static constexpr auto joined(const std::array<Field, kSizes>&... arrays) {
    std::array<Field, (kSizes + ...)> all{};
    auto at = all.begin();
    ((at = std::ranges::copy(arrays, at).out), ...);
    return all;
  }
};

std::span<const RecordParser::Field> RecordParser::line_fields() {
  static constexpr auto kFields = Tables::joined(
std::to_array<Field>({
      {"v", [](RecordParser& p) { return p.version(); }},
      {"type", [](RecordParser& p) { return p.type(); }},
      {"stream", [](RecordParser& p) { return p.string(p.line_.stream); }},
      {"seq", [](RecordParser& p) { return p.seq(); }},
      {"time", [](RecordParser& p) { return p.time(); }},
      {"ktime_ns",
       [](RecordParser& p) {
         p.has_ktime_ = true;
         return p.number(p.line_.ktime_ns);
       }},
      {"of", [](RecordParser& p) { return p.number(p.line_.repeats); }},
      {"failures", [](RecordParser& p) { return p.number(p.line_.failures); }},
      {"where", [](RecordParser& p) { return p.string(p.line_.where); }},
      {"seq_from", [](RecordParser& p) { return p.number(p.line_.seq_from); }},
      {"seq_to", [](RecordParser& p) { return p.number(p.line_.seq_to); }},
      {"resync", [](RecordParser& p) { return p.resynced(); }},
      {"inferred",
       [](RecordParser& p) {
         bool inferred = false;
         if (!p.truth(inferred)) return false;
         if (inferred) p.line_.resynced = Resynced::ended;
         return true;
       }},
      {"host", [](RecordParser& p) { return p.object(host_fields()); }},
      {"tracer", [](RecordParser& p) { return p.object(tracer_fields()); }},
      {"processes", [](RecordParser& p) { return p.number(p.line_.processes); }},
      {"pid",
       [](RecordParser& p) {
         p.has_pid_ = true;
         return p.number(p.line_.task.self.pid);
       }},
      {"start_ns", [](RecordParser& p) { return p.number(p.line_.task.self.start_ns); }},
      {"id", [](RecordParser& p) { return p.ignore(); }},
      {"ppid", [](RecordParser& p) { return p.number(p.line_.task.parent.pid); }},
      {"creator_pid", [](RecordParser& p) { return p.creator_pid(); }},
      {"creator_start_ns", [](RecordParser& p) { return p.number(p.line_.creator_start_ns); }},
      {"creator_id", [](RecordParser& p) { return p.creator_id(); }},
      {"creator_comm", [](RecordParser& p) { return p.string(p.line_.creator_comm); }},
      {"creator_comm_raw", [](RecordParser& p) { return p.raw(p.line_.creator_comm); }},
      {"comm", [](RecordParser& p) { return p.string(p.line_.task.comm); }},
      {"comm_raw", [](RecordParser& p) { return p.raw(p.line_.task.comm); }},
      {"exe", [](RecordParser& p) { return p.string(p.line_.image.exe); }},
      {"exe_raw", [](RecordParser& p) { return p.raw(p.line_.image.exe); }}}),
Tables::of<TaskFacts, Part::marks>(),
Tables::of<TaskFacts, Part::real_user>(),
std::to_array<Field>({
      {"user", [](RecordParser& p) { return p.string(p.line_.user); }},
      {"user_raw", [](RecordParser& p) { return p.raw(p.line_.user); }}}),
Tables::of<TaskFacts, Part::credentials>(),
Tables::of<TaskFacts, Part::session>(),
std::to_array<Field>({
      {"session_leader", [](RecordParser& p) { return p.leader(p.line_.recorded.session_leader); }},
      {"group_leader", [](RecordParser& p) { return p.leader(p.line_.recorded.group_leader); }},
      {"ns", [](RecordParser& p) { return p.object(namespace_fields()); }}}),
Tables::of<TaskFacts, Part::scope>(),
std::to_array<Field>({
      {"cgroup", [](RecordParser& p) { return p.string(p.line_.task.cgroup); }},
      {"cgroup_raw", [](RecordParser& p) { return p.raw(p.line_.task.cgroup); }}}),
std::to_array<Field>({
      {"container_id", [](RecordParser& p) { return p.ignore(); }},  // this and the next: of the cgroup
      {"container_id_raw", [](RecordParser& p) { return p.ignore(); }},
      {"unit", [](RecordParser& p) { return p.ignore(); }},
      {"user_unit", [](RecordParser& p) { return p.ignore(); }},
      {"container", [](RecordParser& p) { return p.object(container_fields()); }}}),
Tables::of<TaskFacts, Part::scope_marks>(),
std::to_array<Field>({
      {"entry", [](RecordParser& p) { return p.entry(); }},
      {"args", [](RecordParser& p) { return p.args(); }},
      {"args_raw", [](RecordParser& p) { return p.raw(p.args_raw_); }},
      {"args_size", [](RecordParser& p) { return p.number(p.line_.image.args_size); }},
      {"args_truncated", [](RecordParser& p) { return p.truth(p.args_truncated_); }}}),
Tables::of<ImageFacts, Part::args>(),
std::to_array<Field>({
      {"exec_seq", [](RecordParser& p) { return p.number(p.line_.task.exec_seq); }}}),
Tables::of<ImageFacts, Part::filename>(),
Tables::of<ImageFacts, Part::names>(),
std::to_array<Field>({
      {"dirfd", [](RecordParser& p) { return p.dirfd(); }}}),
Tables::of<FailedExec, Part::execveat>(),
Tables::of<FailedExec, Part::error>(),
std::to_array<Field>({
      {"error", [](RecordParser& p) { return p.ignore(); }}}),
Tables::of<FailedExec, Part::cause>(),
Tables::of<ImageFacts, Part::file>(),
Tables::of<ImageFacts, Part::file_state>(),
Tables::of<ImageFacts, Part::layer>(),
Tables::of<ImageFacts, Part::file_marks>(),
Tables::of<ImageFacts, Part::image_marks>(),
Tables::of<ImageFacts, Part::capabilities>(),
Tables::of<ImageFacts, Part::hashes>(),
std::to_array<Field>({
      {"env", [](RecordParser& p) { return p.env(); }},
      {"env_raw", [](RecordParser& p) { return p.env_raw(); }}}),
Tables::of<ImageFacts, Part::env>(),
std::to_array<Field>({
      {"stdio", [](RecordParser& p) { return p.stdio(); }}}),
std::to_array<Field>({
      {"previous", [](RecordParser& p) { return p.previous(); }},
      {"chain", [](RecordParser& p) { return p.string(p.line_.chain); }},
      {"ancestors", [](RecordParser& p) { return p.ancestors(); }},
      {"ancestors_truncated", [](RecordParser& p) { return p.truth(p.line_.ancestors_truncated); }},
      {"lineage_complete", [](RecordParser& p) { return p.ignore(); }},
      {"exit_code", [](RecordParser& p) { return p.exit_code(); }},
      {"signal", [](RecordParser& p) { return p.signal(); }},
      {"core_dumped", [](RecordParser& p) { return p.core_dumped(); }},
      {"first", [](RecordParser& p) { return p.ignore(); }},
      {"last", [](RecordParser& p) { return p.ignore(); }},
      {"runtime_ns", [](RecordParser& p) { return p.ignore(); }}}),
Tables::of<ExitFacts, Part::usage>(),
Tables::of<ExitFacts, Part::peak>(),
Tables::of<Loss, Part::loss>(),
Tables::of<Mending, Part::totals>(),
Tables::of<Totals, Part::totals>(),
std::to_array<Field>({
      {"failed_execs", [](RecordParser& p) { return p.failed_execs(); }},
      {"counters", [](RecordParser& p) { return p.ignore(); }},
      {"first_seq", [](RecordParser& p) { return p.ignore(); }},  // of a segment, as is the next
      {"totals", [](RecordParser& p) { return p.ignore(); }}}));
  return kFields;
}

std::span<const RecordParser::Field> RecordParser::host_fields() {
  static constexpr Field kFields[] = {
      {"name", [](RecordParser& p) { return p.string(p.line_.host_name); }},
      {"name_raw", [](RecordParser& p) { return p.ignore(); }},
      {"id", [](RecordParser& p) { return p.string(p.line_.host_id); }},
      {"boot_id", [](RecordParser& p) { return p.string(p.line_.boot_id); }},
      {"kernel", [](RecordParser& p) { return p.string(p.line_.kernel); }},
      {"arch", [](RecordParser& p) { return p.string(p.line_.arch); }},
  };
  return kFields;
}

std::span<const RecordParser::Field> RecordParser::tracer_fields() {
  static constexpr Field kFields[] = {
      {"version", [](RecordParser& p) { return p.string(p.line_.tracer_version); }},
      {"pid", [](RecordParser& p) { return p.number(p.line_.tracer_pid); }},
      {"source", [](RecordParser& p) { return p.string(p.line_.source); }},
      {"nested_pid_namespace", [](RecordParser& p) { return p.ignore(); }},
      {"args_max", [](RecordParser& p) { return p.ignore(); }},
      {"ring_bytes", [](RecordParser& p) { return p.ignore(); }},
      {"ancestors_max", [](RecordParser& p) { return p.ignore(); }},
      {"ancestor_args", [](RecordParser& p) { return p.ignore(); }},
      {"failed_execs", [](RecordParser& p) { return p.truth(p.line_.has_failed_execs); }},
      {"fair_kib", [](RecordParser& p) { return p.number(p.line_.fair_kib); }},
      {"fold", [](RecordParser& p) { return p.ignore(); }},
      {"ring", [](RecordParser& p) { return p.string(p.line_.ring); }},
      {"events", [](RecordParser& p) { return p.events(); }},
  };
  return kFields;
}

std::span<const RecordParser::Field> RecordParser::namespace_fields() {
  static constexpr Field kFields[] = {
      {"pid", [](RecordParser& p) { return p.number(p.line_.task.ns[kNsPid]); }},
      {"mnt", [](RecordParser& p) { return p.number(p.line_.task.ns[kNsMnt]); }},
      {"net", [](RecordParser& p) { return p.number(p.line_.task.ns[kNsNet]); }},
      {"user", [](RecordParser& p) { return p.number(p.line_.task.ns[kNsUser]); }},
      {"uts", [](RecordParser& p) { return p.number(p.line_.task.ns[kNsUts]); }},
      {"ipc", [](RecordParser& p) { return p.number(p.line_.task.ns[kNsIpc]); }},
      {"cgroup", [](RecordParser& p) { return p.number(p.line_.task.ns[kNsCgroup]); }},
  };
  return kFields;
}

std::span<const RecordParser::Field> RecordParser::previous_fields() {
  static constexpr auto kFields =
      Tables::joined(Tables::of<PreviousImage, Part::previous>(),
                     std::to_array<Field>({
                         {"stream", [](RecordParser& p) { return p.ignore(); }},  // of a start, as are these
                         {"seq", [](RecordParser& p) { return p.ignore(); }},
                         {"time", [](RecordParser& p) { return p.ignore(); }},
                     }));
  return kFields;
}

std::span<const RecordParser::Field> RecordParser::leader_fields() {
  static constexpr Field kFields[] = {
      {"pid", [](RecordParser& p) { return p.number(p.leader_->key.pid); }},
      {"start_ns", [](RecordParser& p) { return p.number(p.leader_->key.start_ns); }},
      {"id", [](RecordParser& p) { return p.ignore(); }},
      {"comm", [](RecordParser& p) { return p.string(p.leader_->comm); }},
      {"comm_raw", [](RecordParser& p) { return p.raw(p.leader_->comm); }},
      {"exe", [](RecordParser& p) { return p.string(p.leader_->exe); }},
      {"exe_raw", [](RecordParser& p) { return p.raw(p.leader_->exe); }},
  };
  return kFields;
}

std::span<const RecordParser::Field> RecordParser::container_fields() {
  static constexpr Field kFields[] = {
      {"id", [](RecordParser& p) { return p.ignore(); }},
      {"id_raw", [](RecordParser& p) { return p.ignore(); }},
      {"runtime", [](RecordParser& p) { return p.ignore(); }},
      {"name", [](RecordParser& p) { return p.string(p.line_.recorded.container.name); }},
      {"name_raw", [](RecordParser& p) { return p.raw(p.line_.recorded.container.name); }},
      {"image", [](RecordParser& p) { return p.string(p.line_.recorded.container.image); }},
      {"image_raw", [](RecordParser& p) { return p.raw(p.line_.recorded.container.image); }},
  };
  return kFields;
}

std::span<const RecordParser::Field> RecordParser::stdio_fields() {
  static constexpr Field kFields[] = {
      {"fd", [](RecordParser& p) { return p.ignore(); }},
      {"kind", [](RecordParser& p) { return p.file_kind(); }},
      {"path", [](RecordParser& p) { return p.string(p.file_->path); }},
      {"path_raw", [](RecordParser& p) { return p.raw(p.file_->path); }},
      {"path_truncated", [](RecordParser& p) { return p.truth(p.file_->path_truncated); }},
      {"inode", [](RecordParser& p) { return p.number(p.file_->inode); }},
      {"peer",
       [](RecordParser& p) {
         return p.cursor_.at_string() ? p.string(p.file_->peer) : p.object(peer_fields());
       }},
  };
  return kFields;
}

std::span<const RecordParser::Field> RecordParser::peer_fields() {
  static constexpr Field kFields[] = {
      {"pid", [](RecordParser& p) { return p.number(p.file_->peer_process.pid); }},
      {"start_ns", [](RecordParser& p) { return p.number(p.file_->peer_process.start_ns); }},
      {"id", [](RecordParser& p) { return p.ignore(); }},
  };
  return kFields;
}

std::span<const RecordParser::Field> RecordParser::forked_as_fields() {
  static constexpr Field kFields[] = {
      {"comm", [](RecordParser& p) { return p.string(p.line_.ancestors.back().forked_as_comm); }},
      {"comm_raw", [](RecordParser& p) { return p.raw(p.line_.ancestors.back().forked_as_comm); }},
      {"exe", [](RecordParser& p) { return p.string(p.line_.ancestors.back().forked_as_exe); }},
      {"exe_raw", [](RecordParser& p) { return p.raw(p.line_.ancestors.back().forked_as_exe); }},
  };
  return kFields;
}

std::span<const RecordParser::Field> RecordParser::entry_fields() {
  static constexpr auto kFields = Tables::joined(
      std::to_array<Field>(
          {{"type", [](RecordParser& p) { return p.entry_type(); }},
           {"pid", [](RecordParser& p) { return p.number(p.line_.entry->process.pid); }},
           {"start_ns", [](RecordParser& p) { return p.number(p.line_.entry->process.start_ns); }},
           {"id", [](RecordParser& p) { return p.ignore(); }}}),
      Tables::of<EntryFacts, Part::entry_image>(),
      std::to_array<Field>(
          {{"args", [](RecordParser& p) { return p.entry_args(); }},
           {"args_raw", [](RecordParser& p) { return p.raw(p.entry_args_raw_); }},
           {"args_size", [](RecordParser& p) { return p.number(p.line_.entry->args_size); }},
           {"args_truncated", [](RecordParser& p) { return p.truth(p.entry_args_truncated_); }},
           {"uid", [](RecordParser& p) { return p.number(p.line_.entry->uid); }},
           {"user", [](RecordParser& p) { return p.string(p.line_.entry->user); }},
           {"user_raw", [](RecordParser& p) { return p.raw(p.line_.entry->user); }}}),
      Tables::of<EntryFacts, Part::entry_source>(),
      std::to_array<Field>({{"server", [](RecordParser& p) { return p.object(server_fields()); }}}),
      Tables::of<EntryFacts, Part::entry_asked>(),
      std::to_array<Field>({{"container", [](RecordParser& p) { return p.object(entry_container_fields()); }},
                            {"sure", [](RecordParser& p) { return p.truth(p.line_.entry->sure); }}}));
  return kFields;
}

std::span<const RecordParser::Field> RecordParser::server_fields() {
  static constexpr Field kFields[] = {
      {"pid", [](RecordParser& p) { return p.number(p.line_.entry->server.pid); }},
      {"start_ns", [](RecordParser& p) { return p.number(p.line_.entry->server.start_ns); }},
      {"id", [](RecordParser& p) { return p.ignore(); }},
      {"comm", [](RecordParser& p) { return p.string(p.line_.entry->server_comm); }},
      {"comm_raw", [](RecordParser& p) { return p.raw(p.line_.entry->server_comm); }},
  };
  return kFields;
}

std::span<const RecordParser::Field> RecordParser::entry_container_fields() {
  static constexpr Field kFields[] = {
      {"id", [](RecordParser& p) { return p.string(p.line_.entry->container_id); }},
      {"id_raw", [](RecordParser& p) { return p.raw(p.line_.entry->container_id); }},
      {"runtime", [](RecordParser& p) { return p.string(p.line_.entry->container_runtime); }},
      {"runtime_raw", [](RecordParser& p) { return p.raw(p.line_.entry->container_runtime); }},
      {"name", [](RecordParser& p) { return p.string(p.line_.entry->container_name); }},
      {"name_raw", [](RecordParser& p) { return p.raw(p.line_.entry->container_name); }},
      {"image", [](RecordParser& p) { return p.string(p.line_.entry->container_image); }},
      {"image_raw", [](RecordParser& p) { return p.raw(p.line_.entry->container_image); }},
  };
  return kFields;
}

std::span<const RecordParser::Field> RecordParser::ancestor_fields() {
  static constexpr Field kFields[] = {
      {"pid", [](RecordParser& p) { return p.number(p.line_.ancestors.back().self.pid); }},
      {"start_ns", [](RecordParser& p) { return p.number(p.line_.ancestors.back().self.start_ns); }},
      {"id", [](RecordParser& p) { return p.ignore(); }},
      {"comm", [](RecordParser& p) { return p.string(p.line_.ancestors.back().comm); }},
      {"comm_raw", [](RecordParser& p) { return p.raw(p.line_.ancestors.back().comm); }},
      {"exe", [](RecordParser& p) { return p.string(p.line_.ancestors.back().exe); }},
      {"exe_raw", [](RecordParser& p) { return p.raw(p.line_.ancestors.back().exe); }},
      {"args", [](RecordParser& p) { return p.ancestor_args(); }},
      {"args_raw", [](RecordParser& p) { return p.raw(p.line_.ancestors.back().args_raw); }},
      {"args_truncated", [](RecordParser& p) { return p.truth(p.line_.ancestors.back().args_truncated); }},
      {"title", [](RecordParser& p) { return p.string(p.line_.ancestors.back().title); }},
      {"title_raw", [](RecordParser& p) { return p.raw(p.line_.ancestors.back().title); }},
      {"title_truncated", [](RecordParser& p) { return p.truth(p.line_.ancestors.back().title_truncated); }},
      {"tty", [](RecordParser& p) { return p.string(p.line_.ancestors.back().tty); }},
      {"tty_raw", [](RecordParser& p) { return p.raw(p.line_.ancestors.back().tty); }},
      {"user",
       [](RecordParser& p) {
         p.line_.ancestors.back().known = true;
         return p.string(p.line_.ancestors.back().user);
       }},
      {"user_raw", [](RecordParser& p) { return p.raw(p.line_.ancestors.back().user); }},
      {"image_user", [](RecordParser& p) { return p.string(p.line_.ancestors.back().image_user); }},
      {"image_user_raw", [](RecordParser& p) { return p.raw(p.line_.ancestors.back().image_user); }},
      {"edge", [](RecordParser& p) { return p.ancestor_edge(); }},
      {"exited", [](RecordParser& p) { return p.truth(p.line_.ancestors.back().exited); }},
      {"folded", [](RecordParser& p) { return p.number(p.line_.ancestors.back().folded); }},
      {"forked_as", [](RecordParser& p) { return p.object(forked_as_fields()); }},
  };
  return kFields;
}

}  // namespace proctree
