// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "capi/c_record.hpp"

#include <fcntl.h>

#include <algorithm>
#include <cstring>

#include "tree/entry_type.hpp"
#include "tree/fact_table.hpp"
#include "tree/record_kind.hpp"

namespace proctree::capi {

namespace {

// C's kinds are the library's by number, but for those that are the bits that ask for them.
constexpr bool is_kind(proctree_kind c, RecordKind kind) {
  return static_cast<int>(c) == static_cast<int>(kind);
}
static_assert(is_kind(PROCTREE_START, RecordKind::start) && is_kind(PROCTREE_PROCESS, RecordKind::process) &&
              is_kind(PROCTREE_FORK, RecordKind::fork) && is_kind(PROCTREE_EXEC, RecordKind::exec) &&
              is_kind(PROCTREE_EXIT, RecordKind::exit) && is_kind(PROCTREE_LOST, RecordKind::lost) &&
              is_kind(PROCTREE_RESYNC, RecordKind::resync) && is_kind(PROCTREE_STOP, RecordKind::stop) &&
              is_kind(PROCTREE_FAILED_EXEC, RecordKind::failed_exec) &&
              kRecordKindNames.size() == PROCTREE_FAILED_EXEC + 3);
static_assert(static_cast<int>(Resynced::added) == PROCTREE_RESYNC_ADDED &&
              static_cast<int>(Resynced::corrected) == PROCTREE_RESYNC_CORRECTED &&
              static_cast<int>(Resynced::ended) == PROCTREE_RESYNC_ENDED);

constexpr bool is_type(proctree_entry_type c, EntryType type) {
  return static_cast<int>(c) == static_cast<int>(type);
}
static_assert(is_type(PROCTREE_ENTRY_UNKNOWN, EntryType::unknown) &&
              is_type(PROCTREE_ENTRY_SSH, EntryType::ssh) && is_type(PROCTREE_ENTRY_INIT, EntryType::init) &&
              kEntryTypeNames.size() == PROCTREE_ENTRY_INIT + 1);

constexpr bool is_file(proctree_file_kind c, FileKind kind) {
  return static_cast<int>(c) == static_cast<int>(kind);
}
static_assert(is_file(PROCTREE_FILE_CLOSED, FileKind::closed) &&
              is_file(PROCTREE_FILE_FILE, FileKind::file) && is_file(PROCTREE_FILE_TTY, FileKind::tty) &&
              is_file(PROCTREE_FILE_OTHER, FileKind::other));

// Each fact that C's struct has too; all else of it is left as it is.
template <class Facts, class InC>
void copy_facts(const Facts& from, InC& to) {
  for_each_fact<Facts>([&]<class At>(At) {
    if constexpr (At::kInC) to.*At::kFact.c = to_c(from.*At::kFact.member);
  });
}

}  // namespace

std::uint32_t kind_in_c(RecordKind kind) {
  if (kind == RecordKind::resynced) return PROCTREE_RESYNCED;
  if (kind == RecordKind::forgotten) return PROCTREE_FORGOTTEN;
  return static_cast<std::uint32_t>(kind);
}

std::size_t fill(const Lineage& lineage, proctree_ancestor* out, std::size_t capacity,
                 std::size_t element_size, bool* complete) {
  if (complete != nullptr) *complete = lineage.complete;
  auto* at = reinterpret_cast<char*>(out);
  const std::size_t count = std::min(capacity, lineage.ancestors.size());
  for (std::size_t i = 0; i < count; ++i, at += element_size) {
    proctree_ancestor ancestor{};
    copy_facts(lineage.ancestors[i], ancestor);
    put_sized(ancestor, at, element_size);
  }
  return lineage.ancestors.size();
}

void fill(const EntryFacts& entry, void* out, std::size_t size) {
  struct proctree_entry to {};
  copy_facts(entry, to);
  put_sized(to, out, size);
}

void fill(const ProcessInfo& info, void* out, std::size_t size) {
  struct proctree_info to {};
  copy_facts(info, to);
  to.size = size;
  put_sized(to, out, size);
}

const proctree_record& CRecord::set(const Record& record) {
  of_ = &record;
  chain_.clear();
  record_ = {};
  record_.kind = kind_in_c(record.kind);
  record_.resynced = static_cast<std::uint32_t>(record.resynced);
  record_.lives = record.lives;
  record_.user_data = record.user_data;
  record_.seq = record.seq;
  record_.ktime_ns = record.ktime_ns;
  record_.realtime_ns = record.realtime_ns;
  record_.details = this;
  if (record.task != nullptr) set_process();
  if (record.image != nullptr) set_image();
  if (record.exit != nullptr && record.task != nullptr) set_exit();
  if (record.failed_exec != nullptr) {
    copy_facts(*record.failed_exec, failed_exec_);
    failed_exec_.dirfd = record.failed_exec->by_execveat ? record.failed_exec->dirfd : AT_FDCWD;
    record_.failed_exec = &failed_exec_;
  }
  set(record.entry, entry_, record_.entry);
  set(record.trace, start_, record_.start);
  set(record.loss, lost_, record_.lost);
  set(record.mending, resync_, record_.resync);
  set(record.stop == nullptr ? nullptr : &record.stop->totals, totals_, record_.totals);
  return record_;
}

template <class Facts, class InC>
void CRecord::set(const Facts* from, InC& to, const InC*& shown) {
  if (from == nullptr) return;
  copy_facts(*from, to);
  shown = &to;
}

void CRecord::set_process() {
  const TaskFacts& task = *of_->task;
  proctree_process& to = process_;
  copy_facts(task, to);
  to.creator = to_c(of_->creator);
  to.creator_known = of_->creator_known;
  to.ns_pid_inode = task.ns[kNsPid];
  to.ns_mnt_inode = task.ns[kNsMnt];
  to.ns_net_inode = task.ns[kNsNet];
  to.ns_user_inode = task.ns[kNsUser];
  to.ns_uts_inode = task.ns[kNsUts];
  to.ns_ipc_inode = task.ns[kNsIpc];
  to.ns_cgroup_inode = task.ns[kNsCgroup];
  to.exe = to_c(of_->exe());
  to.user = to_c(of_->user());
  const ContainerFacts container = of_->container();
  to.container_id = to_c(container.id);
  copy_facts(container, to.container);
  to.unit = to_c(of_->unit());
  to.user_unit = to_c(of_->user_unit());
  copy_facts(of_->session_leader(), to.session_leader);
  copy_facts(of_->group_leader(), to.group_leader);
  id_ = of_->id();
  to.id = to_c(std::string_view(id_));
  record_.process = &process_;
}

void CRecord::set_image() {
  copy_facts(*of_->image, image_);
  image_.previous_known = of_->previous != nullptr;
  copy_facts(of_->previous == nullptr ? PreviousImage{} : *of_->previous, image_);
  image_.stdio = of_->stdio == nullptr ? nullptr : stdio_.data();
  for (std::size_t fd = 0; of_->stdio != nullptr && fd < stdio_.size(); ++fd)
    copy_facts((*of_->stdio)[fd], stdio_[fd]);
  record_.image = &image_;
}

void CRecord::set_exit() {
  const std::uint64_t start_ns = of_->task->self.start_ns;
  copy_facts(*of_->exit, exit_);
  exit_.runtime_ns = start_ns != 0 && of_->ktime_ns > start_ns ? of_->ktime_ns - start_ns : 0;
  exit_.max_rss_known = of_->exit->usage_known && of_->exit->max_rss_known;
  record_.exit = &exit_;
}

const char* CRecord::chain() const {
  if (chain_.empty()) of_->append_chain(chain_);
  return chain_.c_str();
}

}  // namespace proctree::capi
