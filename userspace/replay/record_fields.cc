// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// The fields of the JSON lines, each with what reads it, in the order in which sink/ writes them.
#include "replay/record_parser.hpp"

namespace proctree {

std::span<const RecordParser::Field> RecordParser::line_fields() {
  static constexpr Field kFields[] = {
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
      {"resync", [](RecordParser& p) { return p.mended(); }},
      {"inferred",
       [](RecordParser& p) {
         bool inferred = false;
         if (!p.truth(inferred)) return false;
         if (inferred) p.line_.mended = Mended::ended;
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
      {"exe_raw", [](RecordParser& p) { return p.raw(p.line_.image.exe); }},
      {"kthread", [](RecordParser& p) { return p.truth(p.line_.task.kthread); }},
      {"uid", [](RecordParser& p) { return p.number(p.line_.task.uid); }},
      {"user", [](RecordParser& p) { return p.string(p.line_.user); }},
      {"user_raw", [](RecordParser& p) { return p.raw(p.line_.user); }},
      {"gid", [](RecordParser& p) { return p.number(p.line_.task.gid); }},
      {"euid", [](RecordParser& p) { return p.number(p.line_.task.euid); }},
      {"egid", [](RecordParser& p) { return p.number(p.line_.task.egid); }},
      {"loginuid", [](RecordParser& p) { return p.number(p.line_.task.loginuid); }},
      {"audit_session", [](RecordParser& p) { return p.number(p.line_.task.audit_session); }},
      {"sid", [](RecordParser& p) { return p.number(p.line_.task.sid); }},
      {"pgid", [](RecordParser& p) { return p.number(p.line_.task.pgid); }},
      {"tty", [](RecordParser& p) { return p.string(p.line_.task.tty); }},
      {"tty_raw", [](RecordParser& p) { return p.raw(p.line_.task.tty); }},
      {"ns", [](RecordParser& p) { return p.object(namespace_fields()); }},
      {"ns_pid", [](RecordParser& p) { return p.number(p.line_.task.ns_pid); }},
      {"cgroup", [](RecordParser& p) { return p.string(p.line_.task.cgroup); }},
      {"cgroup_raw", [](RecordParser& p) { return p.raw(p.line_.task.cgroup); }},
      {"cgroup_truncated", [](RecordParser& p) { return p.truth(p.line_.task.cgroup_truncated); }},
      {"container_id", [](RecordParser& p) { return p.ignore(); }},
      {"container_id_raw", [](RecordParser& p) { return p.ignore(); }},
      {"args", [](RecordParser& p) { return p.args(); }},
      {"args_raw", [](RecordParser& p) { return p.raw(p.args_raw_); }},
      {"args_size", [](RecordParser& p) { return p.number(p.line_.image.args_size); }},
      {"args_truncated", [](RecordParser& p) { return p.truth(p.args_truncated_); }},
      {"args_unsure", [](RecordParser& p) { return p.truth(p.line_.image.args_unsure); }},
      {"exec_seq", [](RecordParser& p) { return p.number(p.line_.task.exec_seq); }},
      {"filename",
       [](RecordParser& p) {
         p.line_.failed.filename_known = true;
         return p.string(p.line_.image.filename);
       }},
      {"filename_raw", [](RecordParser& p) { return p.raw(p.line_.image.filename); }},
      {"filename_truncated", [](RecordParser& p) { return p.truth(p.line_.image.string_truncated); }},
      {"dirfd", [](RecordParser& p) { return p.dirfd(); }},
      {"at_flags", [](RecordParser& p) { return p.number(p.line_.failed.at_flags); }},
      {"errno", [](RecordParser& p) { return p.number(p.line_.failed.error); }},
      {"error", [](RecordParser& p) { return p.ignore(); }},
      {"fatal", [](RecordParser& p) { return p.truth(p.line_.failed.fatal); }},
      {"interpreter", [](RecordParser& p) { return p.string(p.line_.image.interpreter); }},
      {"interpreter_raw", [](RecordParser& p) { return p.raw(p.line_.image.interpreter); }},
      {"cwd", [](RecordParser& p) { return p.string(p.line_.image.cwd); }},
      {"cwd_raw", [](RecordParser& p) { return p.raw(p.line_.image.cwd); }},
      {"cwd_truncated", [](RecordParser& p) { return p.truth(p.line_.image.cwd_truncated); }},
      {"cwd_detached", [](RecordParser& p) { return p.truth(p.line_.image.cwd_detached); }},
      {"exe_inode", [](RecordParser& p) { return p.number(p.line_.image.exe_inode); }},
      {"exe_dev", [](RecordParser& p) { return p.number(p.line_.image.exe_dev); }},
      {"exe_deleted", [](RecordParser& p) { return p.truth(p.line_.image.exe_deleted); }},
      {"exe_memfd", [](RecordParser& p) { return p.truth(p.line_.image.exe_memfd); }},
      {"exe_upper_layer", [](RecordParser& p) { return p.truth(p.line_.image.exe_upper_layer); }},
      {"exe_truncated", [](RecordParser& p) { return p.truth(p.line_.image.exe_truncated); }},
      {"exe_detached", [](RecordParser& p) { return p.truth(p.line_.image.exe_detached); }},
      {"setuid", [](RecordParser& p) { return p.truth(p.line_.image.setuid); }},
      {"caps_effective", [](RecordParser& p) { return p.hex(p.line_.image.caps_effective); }},
      {"caps_permitted", [](RecordParser& p) { return p.hex(p.line_.image.caps_permitted); }},
      {"previous", [](RecordParser& p) { return p.previous(); }},
      {"chain", [](RecordParser& p) { return p.string(p.line_.chain); }},
      {"ancestors", [](RecordParser& p) { return p.ancestors(); }},
      {"ancestors_truncated", [](RecordParser& p) { return p.truth(p.line_.ancestors_truncated); }},
      {"lineage_complete", [](RecordParser& p) { return p.ignore(); }},
      {"exit_code", [](RecordParser& p) { return p.exit_code(); }},
      {"signal", [](RecordParser& p) { return p.signal(); }},
      {"core_dumped", [](RecordParser& p) { return p.core_dumped(); }},
      {"runtime_ns", [](RecordParser& p) { return p.ignore(); }},
      {"user_ns",
       [](RecordParser& p) {
         p.line_.exit.usage_known = true;
         return p.number(p.line_.exit.user_ns);
       }},
      {"system_ns", [](RecordParser& p) { return p.number(p.line_.exit.system_ns); }},
      {"max_rss_kb",
       [](RecordParser& p) {
         p.line_.exit.max_rss_known = true;
         return p.number(p.line_.exit.max_rss_kb);
       }},
      {"count", [](RecordParser& p) { return p.number(p.line_.lost.count); }},
      {"since_ns", [](RecordParser& p) { return p.number(p.line_.lost.since_ns); }},
      {"until_ns", [](RecordParser& p) { return p.number(p.line_.lost.until_ns); }},
      {"bad_record", [](RecordParser& p) { return p.truth(p.line_.lost.bad_record); }},
      {"kind", [](RecordParser& p) { return p.string(p.line_.lost.kind); }},
      {"added", [](RecordParser& p) { return p.number(p.line_.resync.mending.added); }},
      {"exited", [](RecordParser& p) { return p.number(p.line_.resync.mending.exited); }},
      {"corrected", [](RecordParser& p) { return p.number(p.line_.resync.mending.corrected); }},
      {"took_ns", [](RecordParser& p) { return p.number(p.line_.resync.mending.took_ns); }},
      {"forks", [](RecordParser& p) { return p.number(p.line_.totals.forks); }},
      {"execs", [](RecordParser& p) { return p.number(p.line_.totals.execs); }},
      {"exits", [](RecordParser& p) { return p.number(p.line_.totals.exits); }},
      {"lost", [](RecordParser& p) { return p.number(p.line_.totals.lost); }},
      {"resyncs", [](RecordParser& p) { return p.number(p.line_.totals.resyncs); }},
      {"failed_execs", [](RecordParser& p) { return p.failed_execs(); }},
      {"counters", [](RecordParser& p) { return p.ignore(); }},
  };
  return kFields;
}

std::span<const RecordParser::Field> RecordParser::host_fields() {
  static constexpr Field kFields[] = {
      {"name", [](RecordParser& p) { return p.string(p.line_.host_name); }},
      {"name_raw", [](RecordParser& p) { return p.ignore(); }},
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
      {"failed_execs", [](RecordParser& p) { return p.truth(p.line_.has_failed_execs); }},
      {"fair_kib", [](RecordParser& p) { return p.number(p.line_.fair_kib); }},
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
  static constexpr Field kFields[] = {
      {"comm", [](RecordParser& p) { return p.string(p.line_.previous->comm); }},
      {"comm_raw", [](RecordParser& p) { return p.raw(p.line_.previous->comm); }},
      {"exe", [](RecordParser& p) { return p.string(p.line_.previous->exe); }},
      {"exe_raw", [](RecordParser& p) { return p.raw(p.line_.previous->exe); }},
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

std::span<const RecordParser::Field> RecordParser::ancestor_fields() {
  static constexpr Field kFields[] = {
      {"pid", [](RecordParser& p) { return p.number(p.line_.ancestors.back().self.pid); }},
      {"start_ns", [](RecordParser& p) { return p.number(p.line_.ancestors.back().self.start_ns); }},
      {"id", [](RecordParser& p) { return p.ignore(); }},
      {"comm", [](RecordParser& p) { return p.string(p.line_.ancestors.back().comm); }},
      {"comm_raw", [](RecordParser& p) { return p.raw(p.line_.ancestors.back().comm); }},
      {"exe", [](RecordParser& p) { return p.string(p.line_.ancestors.back().exe); }},
      {"exe_raw", [](RecordParser& p) { return p.raw(p.line_.ancestors.back().exe); }},
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
