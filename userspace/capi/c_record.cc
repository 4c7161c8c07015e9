// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "capi/c_record.hpp"

#include <fcntl.h>

#include <algorithm>
#include <cstring>

#include "tree/record_kind.hpp"

namespace proctree::capi {

namespace {

// C's kinds are the library's by number.
constexpr bool is_kind(proctree_kind c, RecordKind kind) {
  return static_cast<int>(c) == static_cast<int>(kind);
}
static_assert(is_kind(PROCTREE_START, RecordKind::start) && is_kind(PROCTREE_PROCESS, RecordKind::process) &&
              is_kind(PROCTREE_FORK, RecordKind::fork) && is_kind(PROCTREE_EXEC, RecordKind::exec) &&
              is_kind(PROCTREE_EXIT, RecordKind::exit) && is_kind(PROCTREE_LOST, RecordKind::lost) &&
              is_kind(PROCTREE_RESYNC, RecordKind::resync) && is_kind(PROCTREE_STOP, RecordKind::stop) &&
              is_kind(PROCTREE_FAILED_EXEC, RecordKind::failed_exec) &&
              kRecordKindNames.size() == PROCTREE_FAILED_EXEC + 1);

proctree_ancestor to_c(const Ancestor& from) {
  proctree_ancestor to{};
  to.key = capi::to_c(from.key);
  to.edge = capi::to_c(from.edge);
  to.uid = from.uid;
  to.folded = from.folded;
  to.known = from.known;
  to.exited = from.exited;
  to.forked_as_known = from.forked_as;
  to.comm = capi::to_c(from.comm);
  to.exe = capi::to_c(from.exe);
  to.user = capi::to_c(from.user);
  to.forked_as_comm = capi::to_c(from.forked_as_comm);
  to.forked_as_exe = capi::to_c(from.forked_as_exe);
  to.image_uid = from.image_uid;
  to.image_user = capi::to_c(from.image_user);
  return to;
}

}  // namespace

std::size_t fill(const Lineage& lineage, proctree_ancestor* out, std::size_t capacity,
                 std::size_t element_size, bool* complete) {
  if (complete != nullptr) *complete = lineage.complete;
  auto* at = reinterpret_cast<char*>(out);
  const std::size_t count = std::min(capacity, lineage.ancestors.size());
  for (std::size_t i = 0; i < count; ++i, at += element_size) {
    const proctree_ancestor ancestor = to_c(lineage.ancestors[i]);
    std::memset(at, 0, element_size);
    std::memcpy(at, &ancestor, std::min(element_size, sizeof ancestor));
  }
  return lineage.ancestors.size();
}

const proctree_record& CRecord::set(const Record& record) {
  of_ = &record;
  chain_.clear();
  record_ = {};
  record_.kind = static_cast<std::uint32_t>(record.kind);
  record_.seq = record.seq;
  record_.ktime_ns = record.ktime_ns;
  record_.realtime_ns = record.realtime_ns;
  record_.details = this;
  if (record.task != nullptr) set_process();
  if (record.image != nullptr) set_image();
  if (const ExitFacts* exit = record.exit; exit != nullptr && record.task != nullptr) {
    const std::uint64_t start_ns = record.task->self.start_ns;
    const bool timed = start_ns != 0 && record.ktime_ns > start_ns;
    exit_ = {exit->status,    exit->usage_known, timed ? record.ktime_ns - start_ns : 0,  exit->user_ns,
             exit->system_ns, exit->max_rss_kb,  exit->usage_known && exit->max_rss_known};
    record_.exit = &exit_;
  }
  if (const TraceFacts* trace = record.trace) {
    start_ = {to_c(trace->host), to_c(trace->boot_id),        to_c(trace->kernel),
              to_c(trace->arch), to_c(trace->version),        to_c(trace->source),
              trace->processes,  trace->nested_pid_namespace, trace->fair_kib};
    record_.start = &start_;
  }
  if (const FailedExec* failed = record.failed_exec) {
    failed_exec_ = {failed->error,          failed->by_execveat ? failed->dirfd : AT_FDCWD,
                    failed->at_flags,       failed->by_execveat,
                    failed->filename_known, failed->filename_truncated,
                    failed->fatal,          to_c(failed->filename)};
    record_.failed_exec = &failed_exec_;
  }
  if (const Loss* loss = record.loss) {
    lost_ = {loss->count, loss->since_ns,   loss->until_ns, loss->failed_execs, loss->bad_record,
             loss->pid,   to_c(loss->kind), loss->uid,      to_c(loss->cgroup)};
    record_.lost = &lost_;
  }
  if (const Mending* mending = record.mending) {
    resync_ = {mending->added, mending->exited, mending->corrected, mending->took_ns};
    record_.resync = &resync_;
  }
  if (record.stop != nullptr) {
    const Totals& totals = record.stop->totals;
    totals_ = {totals.forks, totals.execs, totals.exits, totals.lost, totals.resyncs};
    record_.totals = &totals_;
  }
  return record_;
}

void CRecord::set_process() {
  const TaskFacts& task = *of_->task;
  proctree_process& to = process_;
  to.key = to_c(task.self);
  to.parent = to_c(task.parent);
  to.creator = to_c(of_->creator);
  to.creator_known = of_->creator_known;
  to.exec_seq = task.exec_seq;
  to.ns_pid = task.ns_pid;
  to.uid = task.uid;
  to.gid = task.gid;
  to.euid = task.euid;
  to.egid = task.egid;
  to.loginuid = task.loginuid;
  to.audit_session = task.audit_session;
  to.sid = task.sid;
  to.pgid = task.pgid;
  to.ns_pid_inode = task.ns[kNsPid];
  to.ns_mnt_inode = task.ns[kNsMnt];
  to.ns_net_inode = task.ns[kNsNet];
  to.ns_user_inode = task.ns[kNsUser];
  to.ns_uts_inode = task.ns[kNsUts];
  to.ns_ipc_inode = task.ns[kNsIpc];
  to.ns_cgroup_inode = task.ns[kNsCgroup];
  to.comm = to_c(task.comm);
  to.exe = to_c(of_->exe());
  to.user = to_c(of_->user());
  to.tty = to_c(task.tty);
  to.cgroup = to_c(task.cgroup);
  to.container_id = to_c(of_->container_id());
  to.cgroup_truncated = task.cgroup_truncated;
  id_ = of_->id();
  to.id = to_c(std::string_view(id_));
  record_.process = &process_;
}

void CRecord::set_image() {
  const ImageFacts& image = *of_->image;
  proctree_image& to = image_;
  to.filename = to_c(image.filename);
  to.interpreter = to_c(image.interpreter);
  to.cwd = to_c(image.cwd);
  to.args = to_c(image.args);
  to.args_size = image.args_size;
  to.argc = image.argc;
  to.exe_inode = image.exe_inode;
  to.exe_dev = image.exe_dev;
  to.caps_effective = image.caps_effective;
  to.caps_permitted = image.caps_permitted;
  to.args_known = image.args_known;
  to.caps_known = image.caps_known;
  to.exe_deleted = image.exe_deleted;
  to.exe_memfd = image.exe_memfd;
  to.exe_upper_layer = image.exe_upper_layer;
  to.exe_truncated = image.exe_truncated;
  to.cwd_truncated = image.cwd_truncated;
  to.filename_truncated = image.string_truncated;
  to.exe_detached = image.exe_detached;
  to.cwd_detached = image.cwd_detached;
  to.setuid = image.setuid;
  to.args_unsure = image.args_unsure;
  const PreviousImage* previous = of_->previous;
  to.previous_known = previous != nullptr;
  to.previous_comm = to_c(previous == nullptr ? std::string_view{} : previous->comm);
  to.previous_exe = to_c(previous == nullptr ? std::string_view{} : previous->exe);
  record_.image = &image_;
}

const char* CRecord::chain() const {
  if (chain_.empty()) of_->append_chain(chain_);
  return chain_.c_str();
}

}  // namespace proctree::capi
