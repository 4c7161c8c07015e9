// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "source/decode.hpp"

#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <cstring>

#include "base/try.hpp"
#include "source/bad_record.hpp"
#include "tree/launcher_variables.hpp"

namespace proctree {

namespace {

// A fixed array that the kernel filled: up to its NUL, or all of it.
template <std::size_t N>
std::string_view until_nul(const char (&text)[N]) {
  return {text, strnlen(text, N)};
}

tl::unexpected<Error> broken(const char* what) {
  return fail(ErrorCode::corrupt,
              std::string("the kernel side sent a record that makes no sense (") + what + ")",
              "report this as a bug, with the kernel's version");
}

// The record at the front of `bytes`, where all of its fixed part is there.
template <class Record>
const Record* as(std::span<const std::byte> bytes) {
  return bytes.size() < sizeof(Record) ? nullptr : reinterpret_cast<const Record*>(bytes.data());
}

bool is_process(const pt_task& task) { return task.pid != 0 && task.pid < kPidsEnd && task.ppid < kPidsEnd; }

// dev_t in the kernel is major << 20 | minor; stat(2) shows it as include/linux/kdev_t.h
// new_encode_dev makes it.
std::uint64_t stat_dev(std::uint32_t kernel_dev) {
  const std::uint64_t major = kernel_dev >> 20;
  const std::uint64_t minor = kernel_dev & 0xfffff;
  return (minor & 0xff) | (major << 8) | ((minor & ~std::uint64_t{0xff}) << 12);
}

ExeState exe_state_of(const pt_image& image, const pt_exe_state& state) {
  return {{{stat_dev(image.exe_dev), image.exe_inode}, state.size, state.ctime_ns}, state.magic};
}

std::uint64_t page_kb() {
  static const auto kb = static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE)) / 1024;
  return kb;
}

// The kernel samples user and system time at ticks, but counts their sum exactly: the sum is divided
// as sampled, like getrusage(2) does (kernel/sched/cputime.c cputime_adjust).
void divide_cpu_time(ExitEvent& out, const pt_exit& record) {
  const std::uint64_t sampled = record.user_ns + record.system_ns;
  if (record.system_ns == 0 || sampled < record.system_ns) {
    out.user_ns = record.total_ns;
  } else if (record.user_ns == 0) {
    out.system_ns = record.total_ns;
  } else {
    const auto share = static_cast<long double>(record.system_ns) / static_cast<long double>(sampled);
    out.system_ns = static_cast<std::uint64_t>(static_cast<long double>(record.total_ns) * share);
    out.system_ns = std::min<std::uint64_t>(out.system_ns, record.total_ns);
    out.user_ns = record.total_ns - out.system_ns;
  }
}

}  // namespace

// What follows the fixed part of a record, taken off its front piece by piece. Where a length reaches past
// the end, that piece and all behind it are empty, or zeros: look at is_whole() once they are taken.
class Decoder::Tail {
 public:
  explicit Tail(std::span<const std::byte> bytes)
      : rest_(reinterpret_cast<const char*>(bytes.data()), bytes.size()) {}

  std::string_view take(std::size_t length) {
    is_whole_ = is_whole_ && length <= rest_.size();
    if (!is_whole_) length = 0;
    const std::string_view taken = rest_.substr(0, length);
    rest_.remove_prefix(length);
    return taken;
  }
  template <class Struct>
  Struct take() {
    Struct taken{};
    const std::string_view bytes = take(sizeof taken);
    std::memcpy(&taken, bytes.data(), bytes.size());
    return taken;
  }

  [[nodiscard]] bool is_whole() const { return is_whole_; }
  [[nodiscard]] bool has(std::size_t length) const { return length <= rest_.size(); }

 private:
  std::string_view rest_;
  bool is_whole_ = true;
};

// Each component's NUL becomes the "/" in front of it, so the path is as long as the components.
bool append_path_leaf_first(std::string& out, std::string_view components, bool truncated) {
  if (components.empty()) {
    if (!truncated) out += '/';
    return true;
  }
  if (components.back() != '\0') return false;
  const std::size_t begin = out.size();
  out.resize(begin + components.size());
  char* front = out.data() + out.size();
  while (!components.empty()) {
    const auto* end = static_cast<const char*>(std::memchr(components.data(), '\0', components.size()));
    const auto length = static_cast<std::size_t>(end - components.data());
    front -= length;
    std::memcpy(front, components.data(), length);
    *--front = '/';
    components.remove_prefix(length + 1);
  }
  if (truncated) out.erase(begin, 1);
  return true;
}

Result<Decoder::Decoded> Decoder::decode(std::span<const std::byte> bytes) {
  const auto* header = as<pt_header>(bytes);
  if (header == nullptr || header->size > bytes.size()) return broken("size");
  bytes = bytes.first(header->size);
  Decoded decoded{header, nullptr};
  switch (header->kind) {
    case PT_FORK: {
      const auto* record = as<pt_fork>(bytes);
      if (record == nullptr || !is_process(record->child) || record->creator_pid >= kPidsEnd)
        return broken("fork");
      auto& fork = event_.emplace<ForkEvent>();
      fork.ktime_ns = header->ktime_ns;
      fill_task(fork.child, record->child);
      fork.creator = {record->creator_pid, record->creator_start_ns};
      fork.creator_exec_seq = record->creator_exec_seq;
      fork.creator_comm = until_nul(record->creator_comm);
      break;
    }
    case PT_EXEC:
      PROCTREE_CHECK(decode_exec(bytes));
      break;
    case PT_EXIT: {
      const auto* record = as<pt_exit>(bytes);
      if (record == nullptr || !is_process(record->task)) return broken("exit");
      auto& exit = event_.emplace<ExitEvent>();
      exit.ktime_ns = header->ktime_ns;
      fill_task(exit.task, record->task);
      exit.status = record->status;
      divide_cpu_time(exit, *record);
      exit.max_rss_known = record->max_rss_pages != PT_RSS_UNKNOWN;
      if (exit.max_rss_known) exit.max_rss_kb = record->max_rss_pages * page_kb();
      break;
    }
    case PT_FAILED_EXEC:
      PROCTREE_CHECK(decode_failed_exec(bytes));
      break;
    case PT_CGROUP: {
      const auto* record = as<pt_cgroup>(bytes);
      if (record == nullptr || !learn_cgroup(*record)) return broken("cgroup");
      return decoded;
    }
    default:
      return broken("kind");
  }
  decoded.event = &event_;
  return decoded;
}

Result<void> Decoder::decode_exec(std::span<const std::byte> bytes) {
  const auto* record = as<pt_exec>(bytes);
  if (record == nullptr || !is_process(record->task)) return broken("exec");
  auto& exec = event_.emplace<ExecEvent>();
  exec.ktime_ns = record->header.ktime_ns;
  fill_task(exec.task, record->task);
  Tail tail(bytes.subspan(sizeof(pt_exec)));
  if (!fill_image(exec.image, *record, tail)) return broken("exec strings");
  if ((record->image.flags & PT_STDIO) != 0) exec.stdio = &stdio_.result();
  if ((record->image.flags & PT_EXE_STATE) != 0) exec.exe_state = &exe_state_;
  if ((record->image.flags & PT_NAME_BEFORE) != 0) exec.name_before = until_nul(record->name_before);
  take_environment(exec, record->image, tail.take(record->image.env_len));
  return {};
}

// From here on only the reported part of it exists.
void Decoder::take_environment(ExecEvent& exec, const pt_image& image, std::string_view environment) {
  if ((image.flags & PT_BELOW_LAUNCHER) != 0) {
    environment_.clear();
    append_launcher_variables(environment_, environment);
    exec.environment = environment_;
  }
  if (variable_names_.empty()) return;
  env_.clear();
  const bool left_out = append_variables(env_, environment.substr(0, env_most_), variable_names_);
  exec.image.env = env_;
  exec.image.env_truncated =
      left_out || environment.size() > env_most_ || (image.flags & PT_ENV_TRUNCATED) != 0;
}

Result<void> Decoder::decode_failed_exec(std::span<const std::byte> bytes) {
  const auto* record = as<pt_failed_exec>(bytes);
  if (record == nullptr || !is_process(record->task)) return broken("failed exec");
  Tail tail(bytes.subspan(sizeof(pt_failed_exec)));
  const std::string_view filename = tail.take(record->filename_len);
  if (!tail.is_whole()) return broken("failed exec's filename");
  auto& failed = event_.emplace<FailedExecEvent>();
  failed.ktime_ns = record->header.ktime_ns;
  fill_task(failed.task, record->task);
  failed.error = record->error;
  failed.filename = filename;
  failed.filename_known = (record->flags & PT_NO_FILENAME) == 0;
  failed.filename_truncated = (record->flags & PT_FILENAME_TRUNCATED) != 0;
  failed.by_execveat = (record->flags & PT_BY_EXECVEAT) != 0;
  failed.dirfd = record->dirfd;
  failed.at_flags = record->at_flags;
  failed.fatal = (record->flags & PT_FATAL) != 0;
  return {};
}

Result<SnapshotTask> Decoder::decode_task(std::span<const std::byte> bytes, std::size_t& used) {
  used = 0;
  const auto* record = as<pt_exec>(bytes);
  if (record == nullptr || record->header.size < sizeof(pt_exec) || record->header.size > bytes.size() ||
      record->header.size % alignof(pt_exec) != 0) {
    return broken("size of a task");
  }
  used = record->header.size;
  if (record->header.kind != PT_TASK || !is_process(record->task)) return broken("task");
  SnapshotTask task;
  task.ktime_ns = record->header.ktime_ns;
  fill_task(task.task, record->task);
  Tail tail(bytes.first(used).subspan(sizeof(pt_exec)));
  if (!fill_image(task.image, *record, tail)) return broken("task strings");
  if (record->task.cgroup_nr != 0) task.task.cgroup = cgroup_;  // a kernel may have none
  task.task.cgroup_truncated = (record->image.flags & (PT_CGROUP_TRUNCATED | PT_NO_CGROUP_ROOT)) != 0;
  task.image.args_known = false;
  return task;
}

void Decoder::fill_task(TaskFacts& out, const pt_task& task) {
  out.self = {task.pid, task.start_ns};
  out.parent = {task.ppid, task.parent_start_ns};
  out.exec_seq = task.exec_seq;
  out.ns_pid = task.ns_pid;
  out.uid = task.uid;
  out.gid = task.gid;
  out.euid = task.euid;
  out.egid = task.egid;
  out.loginuid = task.loginuid;
  out.audit_session = task.audit_session;
  out.sid = task.sid;
  out.pgid = task.pgid;
  out.ns = {task.ns[PT_NS_PID], task.ns[PT_NS_MNT], task.ns[PT_NS_NET],   task.ns[PT_NS_USER],
            task.ns[PT_NS_UTS], task.ns[PT_NS_IPC], task.ns[PT_NS_CGROUP]};
  out.comm = until_nul(task.comm);
  out.kthread = (task.flags & PT_TASK_KTHREAD) != 0;
  out.dead = (task.flags & PT_TASK_DEAD) != 0;
  if ((task.flags & PT_TASK_CHARGED_UID) != 0) out.charged_uid = task.charged_uid;
  out.charged_cgroup = (task.flags & PT_TASK_CHARGED_CGROUP) != 0;
  if (const Cgroup* cgroup = find_cgroup(task.cgroup_nr)) {
    out.cgroup = cgroup->path;
    out.cgroup_truncated = cgroup->truncated;
  }
  if (std::memcmp(task.tty, tty_name_.data(), tty_name_.size()) != 0) set_tty(task.tty);
  out.tty = tty_;
}

// The kernel names a pseudo terminal "pts0"; its device, and ps, say "pts/0".
void Decoder::set_tty(const char (&name)[PT_TTY_LEN]) {
  std::memcpy(tty_name_.data(), name, tty_name_.size());
  tty_ = until_nul(name);
  if (tty_.size() > 3 && tty_.starts_with("pts") && std::isdigit(static_cast<unsigned char>(tty_[3])))
    tty_.insert(3, 1, '/');
}

bool Decoder::set_cwd(std::string_view components, bool truncated) {
  if (!cwd_.empty() && components == cwd_components_ && truncated == cwd_truncated_) return true;
  cwd_.clear();
  if (!append_path_leaf_first(cwd_, components, truncated)) return false;
  cwd_components_ = components;
  cwd_truncated_ = truncated;
  return true;
}

bool Decoder::fill_image(ImageFacts& out, const pt_exec& record, Tail& tail) {
  const pt_image& image = record.image;
  const auto take_text = [&](pt_text text) { return tail.take(image.text_len[text]); };
  const bool has_stdio = (image.flags & PT_STDIO) != 0;
  StdioRecords stdio{};
  if (has_stdio) stdio = tail.take<StdioRecords>();
  if ((image.flags & PT_EXE_STATE) != 0) exe_state_ = exe_state_of(image, tail.take<pt_exe_state>());
  const std::string_view exe = take_text(PT_TEXT_EXE);
  const std::string_view cwd = take_text(PT_TEXT_CWD);
  if (has_stdio && !decode_stdio(stdio, tail)) return false;
  const std::string_view cgroup = take_text(PT_TEXT_CGROUP);
  out.filename = take_text(PT_TEXT_FILENAME);
  out.interpreter = take_text(PT_TEXT_INTERPRETER);
  out.args = tail.take(image.args_len);
  if (!tail.is_whole() || !tail.has(image.env_len)) return false;

  out.exe_truncated = (image.flags & PT_EXE_TRUNCATED) != 0;
  out.cwd_truncated = (image.flags & PT_CWD_TRUNCATED) != 0;
  exe_.clear();
  cgroup_.clear();
  if ((image.flags & PT_NO_EXE) == 0 && !append_path_leaf_first(exe_, exe, out.exe_truncated)) return false;
  const bool has_cwd = (image.flags & PT_NO_CWD) == 0;
  if (has_cwd && !set_cwd(cwd, out.cwd_truncated)) return false;
  if (!append_path_leaf_first(cgroup_, cgroup, (image.flags & PT_NO_CGROUP_ROOT) != 0)) return false;
  out.exe = exe_;
  if (has_cwd) out.cwd = cwd_;
  out.args_known = true;
  out.args_size = image.args_size;
  out.argc = image.argc;
  out.exe_inode = image.exe_inode;
  out.exe_dev = stat_dev(image.exe_dev);
  out.caps_effective = image.caps_effective;
  out.caps_permitted = image.caps_permitted;
  out.caps_known = true;
  out.exe_deleted = (image.flags & PT_EXE_DELETED) != 0;
  out.exe_memfd = (image.flags & PT_EXE_MEMFD) != 0;
  out.exe_detached = (image.flags & PT_EXE_DETACHED) != 0 && !out.exe_memfd;
  out.cwd_detached = (image.flags & PT_CWD_DETACHED) != 0;
  out.exe_upper_layer = (image.flags & PT_EXE_UPPER_LAYER) != 0;
  out.string_truncated = (image.flags & PT_STRING_TRUNCATED) != 0;
  out.setuid = (image.flags & PT_SETUID) != 0;
  out.args_unsure = (image.flags & PT_ARGS_UNSURE) != 0;
  return true;
}

// The records of the three, ahead of the image's paths, and their own paths behind those.
bool Decoder::decode_stdio(const StdioRecords& stdio, Tail& tail) {
  StdioPaths paths;
  for (std::size_t fd = 0; fd < stdio.size(); ++fd)
    paths[fd] = tail.take(stdio[fd].same_as == fd ? stdio[fd].path_len : 0);
  return tail.is_whole() && stdio_.decode(stdio, paths);
}

bool Decoder::learn_cgroup(const pt_cgroup& record) {
  if (record.newer > 1 || record.len[0] > PT_CGROUP_HALF || record.len[1] > PT_CGROUP_HALF) return false;
  const auto half = [&record](std::size_t which) {
    return std::string_view(record.path + which * PT_CGROUP_HALF, record.len[which]);
  };
  std::string leaf_first(half(record.newer ^ 1U));
  leaf_first += half(record.newer);
  const bool rootless = (record.flags & PT_CGROUP_ROOTLESS) != 0;
  Cgroup cgroup{{}, rootless || (record.flags & PT_CGROUP_CUT) != 0};
  if (!append_path_leaf_first(cgroup.path, leaf_first, rootless)) return false;
  if (cgroups_young_.size() >= kCgroupGeneration) {
    cgroups_old_ = std::move(cgroups_young_);
    cgroups_young_.clear();
  }
  cgroups_young_.insert_or_assign(record.nr, std::move(cgroup));
  last_cgroup_ = nullptr;
  return true;
}

std::string_view Decoder::cgroup_path(std::uint64_t nr) {
  const Cgroup* cgroup = find_cgroup(nr);
  return cgroup == nullptr ? std::string_view() : std::string_view(cgroup->path);
}

const Decoder::Cgroup* Decoder::find_cgroup(std::uint64_t nr) {
  if (last_cgroup_ != nullptr && nr == last_cgroup_nr_) return last_cgroup_;
  last_cgroup_nr_ = nr;
  last_cgroup_ = nullptr;
  if (const auto found = cgroups_young_.find(nr); found != cgroups_young_.end())
    return last_cgroup_ = &found->second;
  auto old = cgroups_old_.extract(nr);
  if (old.empty()) return nullptr;
  return last_cgroup_ = &cgroups_young_.insert(std::move(old)).position->second;
}

}  // namespace proctree
