// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "procfs/reader.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <cstring>
#include <ctime>
#include <limits>
#include <memory>

#include "base/host_clock.hpp"
#include "base/try.hpp"
#include "tree/launcher_variables.hpp"

namespace proctree {
namespace {

constexpr std::size_t kStatMax = 4096;
constexpr std::size_t kStatusMax = std::size_t{1} << 20;  // 65536 supplementary groups are 704 KiB
constexpr std::size_t kCgroupMax = std::size_t{64} << 10;
constexpr std::size_t kEnvironmentMax = 16384;                // as of execs: docs/entry.md
constexpr std::size_t kArgsCountMax = std::size_t{16} << 20;  // more than the kernel lets anybody pass
constexpr std::string_view kDeleted = " (deleted)";
constexpr std::string_view kMemfd = "/memfd:";

// A file or link that this kernel does not have, that the process has no more (a zombie's executable),
// or that the reader has no right to.
bool is_absence(int error) {
  return error == ENOENT || error == ESRCH || error == EACCES || error == EPERM || error == EINVAL ||
         error == ENAMETOOLONG || error == ELOOP || error == ENOTDIR;
}

tl::unexpected<Error> gone(std::uint32_t pid) {
  return fail(ErrorCode::not_found, "there is no process " + std::to_string(pid));
}

tl::unexpected<Error> unreadable(std::uint32_t pid, const char* file, int error) {
  if (error == ENOENT || error == ESRCH) return gone(pid);
  std::string remedy;
  if (error == EACCES || error == EPERM) remedy = "run as root: /proc is mounted with hidepid";
  return fail_errno("cannot read /proc/" + std::to_string(pid) + "/" + file, error, std::move(remedy));
}

tl::unexpected<Error> garbled(std::uint32_t pid, const char* file) {
  return fail(ErrorCode::corrupt,
              "/proc/" + std::to_string(pid) + "/" + file + " does not read as the kernel writes it");
}

// Reads until the end of the file or `limit`; `buffer` grows no further than needed. Returns an errno.
int read_all(int fd, std::string& buffer, std::size_t limit, std::string_view& text) {
  std::size_t used = 0;
  while (used < limit) {
    if (used == buffer.size()) buffer.resize(std::min(limit, std::max<std::size_t>(2 * used, 4096)));
    const std::size_t room = std::min(buffer.size(), limit) - used;
    const ssize_t got = ::read(fd, buffer.data() + used, room);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return errno;
    used += static_cast<std::size_t>(got);
    if (static_cast<std::size_t>(got) < room) break;  // /proc returns less only at the end
  }
  text = std::string_view(buffer).substr(0, used);
  return 0;
}

int read_file(const FileDescriptor& folder, const char* path, std::string& buffer, std::size_t limit,
              std::string_view& text) {
  const FileDescriptor fd(::openat(folder.get(), path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK));
  if (!fd.valid()) return errno;
  return read_all(fd.get(), buffer, limit, text);
}

// Is " (deleted)" at the end the kernel's word? An attacker may name his program so.
bool is_deleted(int directory, const char* link, std::string_view target) {
  if (!target.ends_with(kDeleted)) return false;
  struct statx status {};
  if (::statx(directory, link, AT_STATX_DONT_SYNC, STATX_NLINK, &status) != 0) return true;
  return status.stx_nlink == 0;
}

}  // namespace

Result<ProcReader> ProcReader::open(const std::string& root, std::size_t args_max) {
  ProcReader reader;
  reader.root_ = FileDescriptor(::open(root.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!reader.root_.valid()) return fail_errno("cannot open " + root, errno, "mount procfs there");
  reader.args_max_ = args_max;

  reader.process_ = FileDescriptor(::openat(reader.root_.get(), "self", O_PATH | O_DIRECTORY | O_CLOEXEC));
  std::string_view offsets;
  if (reader.process_.valid()) {
    if (read_file(reader.process_, "timens_offsets", reader.scratch_, kStatMax, offsets) == 0) {
      reader.boottime_offset_ = parse_clock_offset(offsets, "boottime");
    }
  }
  return reader;
}

Result<ProcReader> ProcReader::another() const {
  ProcReader reader;
  reader.root_ = FileDescriptor(::fcntl(root_.get(), F_DUPFD_CLOEXEC, 0));
  if (!reader.root_.valid()) return fail_errno("cannot read /proc by another thread", errno);
  reader.args_max_ = args_max_;
  reader.boottime_offset_ = boottime_offset_;
  return reader;
}

Result<ProcList> ProcReader::list() const {
  FileDescriptor fd(::openat(root_.get(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!fd.valid()) return fail_errno("cannot list processes", errno);
  DIR* const folder = ::fdopendir(fd.get());
  if (folder == nullptr) return fail_errno("cannot list processes", errno);
  fd.release();
  return ProcList(folder);
}

Result<bool> ProcList::next(std::vector<std::uint32_t>& pids, std::size_t most) {
  pids.clear();
  for (std::size_t looked = 0; looked < most; ++looked) {
    errno = 0;
    const dirent* entry = ::readdir(folder_.get());
    if (entry == nullptr) {
      if (errno != 0) return fail_errno("cannot list processes", errno);
      return false;
    }
    const std::string_view name = entry->d_name;
    const auto pid = parse_number<std::uint32_t>(name);
    if (pid && *pid != 0 && name.front() != '0') pids.push_back(*pid);
  }
  return true;
}

Result<void> ProcReader::list(std::vector<std::uint32_t>& pids) {
  auto listed = PROCTREE_TRY(list());
  static_cast<void>(PROCTREE_TRY(listed.next(pids, std::numeric_limits<std::size_t>::max())));
  return {};
}

Result<const SnapshotTask*> ProcReader::read(std::uint32_t pid, ProcParts parts) {
  constexpr int kAttempts = 4;
  for (int attempt = 1;; ++attempt) {
    bool torn = false;
    PROCTREE_CHECK(read_once(pid, parts, torn));
    // It executes again and again between two reads: the last round is as good as any.
    if (!torn || attempt == kAttempts) return &task_;
  }
}

std::optional<std::string_view> ProcReader::read_cmdline(std::uint32_t pid, std::size_t most) {
  std::array<char, 32> name{};
  char* end = std::to_chars(name.data(), name.data() + 16, pid).ptr;
  std::memcpy(end, "/cmdline", sizeof "/cmdline");
  std::string_view text;
  if (read_file(root_, name.data(), args_, most, text) != 0 || text.empty()) return std::nullopt;
  return text;
}

Result<void> ProcReader::read_once(std::uint32_t pid, ProcParts parts, bool& torn) {
  task_ = {};
  std::array<char, 16> name{};
  char* end = std::to_chars(name.data(), name.data() + name.size(), pid).ptr;
  // One file is of one process by itself: no directory has to be open for it.
  if (parts == kProcStat) {
    std::memcpy(end, "/stat", sizeof "/stat");
    return read_stat(pid, root_, name.data());
  }
  process_ = FileDescriptor(::openat(root_.get(), name.data(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!process_.valid()) return errno == ENOTDIR ? gone(pid) : unreadable(pid, "", errno);

  if (auto done = read_stat(pid, process_, "stat"); !done) return done;
  thread_ = stat_fields_.leader_ended() ? living_thread(pid) : FileDescriptor();
  if ((parts & kProcIds) != 0) {
    if (auto done = read_ids(pid); !done) return done;
  }
  if ((parts & ~kProcIds) == 0) return {};

  int error = 0;
  const auto want = [&](ProcParts part) { return error == 0 && (parts & part) != 0; };
  if (want(kProcExe)) error = read_exe((parts & kProcExeFile) != 0);
  if (want(kProcCwd)) error = read_cwd();
  if (want(kProcArgs)) error = read_args();
  if (want(kProcCgroup)) error = read_cgroup();
  if (want(kProcAudit)) error = read_audit();
  if (want(kProcNamespaces)) error = read_namespaces();
  if (error != 0) return fail_errno("cannot read /proc/" + std::string(name.data()), error);

  // Is it still there, so that what was absent is so for it and not because it ended? And is it the program
  // that the first file showed?
  std::string_view again;
  if (const int failed = read_file(process_, "stat", scratch_, kStatMax, again); failed != 0) {
    return unreadable(pid, "stat", failed);
  }
  const auto stat = parse_stat(again);
  if (!stat) return garbled(pid, "stat");
  if (stat->start_ticks != stat_fields_.start_ticks) return gone(pid);
  torn = stat->comm != stat_fields_.comm && !stat->kthread();
  return {};
}

// The first of its threads that has not ended; invalid: none was found.
FileDescriptor ProcReader::living_thread(std::uint32_t pid) {
  constexpr int kMost = 64;  // those that end are gone at once, but for the first
  FileDescriptor fd(::openat(process_.get(), "task", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!fd.valid()) return {};
  const std::unique_ptr<DIR, int (*)(DIR*)> directory(::fdopendir(fd.get()), &::closedir);
  if (directory == nullptr) return {};
  fd.release();
  for (int looked = 0; looked < kMost; ++looked) {
    const dirent* entry = ::readdir(directory.get());
    if (entry == nullptr) return {};
    const auto tid = parse_number<std::uint32_t>(entry->d_name);
    if (!tid || *tid == pid) continue;
    FileDescriptor thread(
        ::openat(::dirfd(directory.get()), entry->d_name, O_PATH | O_DIRECTORY | O_CLOEXEC));
    std::string_view text;
    if (!thread.valid() || read_file(thread, "stat", scratch_, kStatMax, text) != 0) continue;
    const auto stat = parse_stat(text);
    if (stat && stat->runs()) return thread;
  }
  return {};
}

std::string_view ProcReader::read_launcher_variables(const ProcKey& process) {
  variables_.clear();
  const std::string name = std::to_string(process.pid);
  process_ = FileDescriptor(::openat(root_.get(), name.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!process_.valid() || !read_stat(process.pid, process_, "stat")) return {};
  if (!task_.task.self.same_at_tick(process)) return {};
  std::string text(kEnvironmentMax, '\0');
  std::string_view environment;
  if (read_file(process_, "environ", text, text.size(), environment) == 0)
    append_launcher_variables(variables_, environment);
  ::explicit_bzero(text.data(), text.size());
  return variables_;
}

Result<void> ProcReader::read_stat(std::uint32_t pid, const FileDescriptor& folder, const char* path) {
  std::string_view text;
  if (const int error = read_file(folder, path, stat_, kStatMax, text); error != 0)
    return error == ENOTDIR ? gone(pid) : unreadable(pid, "stat", error);
  const auto stat = parse_stat(text);
  if (!stat || stat->pid != pid) return garbled(pid, "stat");
  stat_fields_ = *stat;

  timespec now{};
  ::clock_gettime(CLOCK_BOOTTIME, &now);
  task_.ktime_ns = static_cast<std::uint64_t>(now.tv_sec * 1'000'000'000 + now.tv_nsec - boottime_offset_);

  TaskFacts& facts = task_.task;
  facts.self = {pid, host_start_ns(stat->start_ticks)};
  facts.parent.pid = stat->ppid;
  facts.pgid = stat->pgrp;
  facts.sid = stat->session;
  facts.comm = kernel_comm(*stat);
  facts.kthread = stat->kthread();
  facts.dead = stat->dead();
  facts.exiting = stat->exiting();
  tty_ = tty_name(stat->tty_nr);
  facts.tty = tty_;
  return {};
}

Result<void> ProcReader::read_ids(std::uint32_t pid) {
  std::string_view text;
  if (const int error = read_file(thread_or_process(), "status", status_, kStatusMax, text); error != 0) {
    return unreadable(pid, "status", error);
  }
  const auto status = parse_status(text);
  if (!status) return garbled(pid, "status");
  if (status->tgid != pid) {
    return fail(ErrorCode::not_found,
                std::to_string(pid) + " is a thread of process " + std::to_string(status->tgid),
                "give the pid of the process");
  }
  TaskFacts& facts = task_.task;
  facts.uid = status->uid;
  facts.euid = status->euid;
  facts.gid = status->gid;
  facts.egid = status->egid;
  facts.ns_pid = status->ns_pid;
  task_.image.caps_effective = status->caps_effective;
  task_.image.caps_permitted = status->caps_permitted;
  task_.image.caps_known = status->caps_known;
  return {};
}

int ProcReader::read_link(const char* name, std::string& buffer, std::string_view& text) {
  if (buffer.size() < PATH_MAX) buffer.resize(PATH_MAX);
  const ssize_t length = ::readlinkat(thread_or_process().get(), name, buffer.data(), buffer.size());
  if (length < 0) return is_absence(errno) ? 0 : errno;
  text = std::string_view(buffer).substr(0, static_cast<std::size_t>(length));
  return 0;
}

int ProcReader::read_exe(bool with_file) {
  ImageFacts& image = task_.image;
  if (const int error = read_link("exe", exe_, image.exe); error != 0 || image.exe.empty()) return error;
  image.exe_deleted = is_deleted(thread_or_process().get(), "exe", image.exe);
  if (image.exe_deleted) image.exe.remove_suffix(kDeleted.size());
  image.exe_memfd = image.exe_deleted && image.exe.starts_with(kMemfd);
  if (!with_file) return 0;
  struct statx status {};
  // DONT_SYNC: a file system in the hands of an attacker must not make us wait.
  if (::statx(thread_or_process().get(), "exe", AT_STATX_DONT_SYNC, STATX_INO, &status) != 0)
    return is_absence(errno) ? 0 : errno;
  image.exe_inode = status.stx_ino;
  image.exe_dev = makedev(status.stx_dev_major, status.stx_dev_minor);
  return 0;
}

int ProcReader::read_cwd() {
  std::string_view& cwd = task_.image.cwd;
  if (const int error = read_link("cwd", cwd_, cwd); error != 0) return error;
  if (is_deleted(thread_or_process().get(), "cwd", cwd)) cwd.remove_suffix(kDeleted.size());
  return 0;
}

int ProcReader::read_args() {
  if (task_.task.kthread || task_.task.dead) return 0;
  const FileDescriptor fd(::openat(thread_or_process().get(), "cmdline", O_RDONLY | O_CLOEXEC));
  if (!fd.valid()) return is_absence(errno) ? 0 : errno;
  ImageFacts& image = task_.image;
  if (const int error = read_all(fd.get(), args_, args_max_, image.args); error != 0)
    return is_absence(error) ? 0 : error;
  // Less than the bound is all there is, however large the area: of a title that a process has put over its
  // arguments the kernel returns the title.
  std::size_t size = image.args.size();
  if (size == args_max_) size = std::max<std::size_t>(size, stat_fields_.args_size);
  if (size == args_max_ && stat_fields_.args_size == 0) {  // the kernel does not show it to everybody: count
    if (scratch_.size() < 65536) scratch_.resize(65536);
    ssize_t got = 0;
    while (size < kArgsCountMax && (got = ::read(fd.get(), scratch_.data(), scratch_.size())) > 0) {
      size += static_cast<std::size_t>(got);
    }
  }
  image.args_size = static_cast<std::uint32_t>(std::min<std::size_t>(size, UINT32_MAX));
  image.args_known = true;
  return 0;
}

int ProcReader::read_cgroup() {
  std::string_view text;
  if (const int error = read_file(thread_or_process(), "cgroup", cgroup_, kCgroupMax, text); error != 0)
    return is_absence(error) ? 0 : error;
  std::string_view& path = task_.task.cgroup;
  path = parse_cgroup(text);
  // The kernel's mark of a removed cgroup: none with living processes can be removed.
  if ((task_.task.dead || task_.task.exiting) && path.ends_with(kDeleted))
    path.remove_suffix(kDeleted.size());
  return 0;
}

int ProcReader::read_audit() {
  const auto number = [this](const char* name, std::uint32_t& value) {
    std::string_view text;
    if (const int error = read_file(thread_or_process(), name, scratch_, kStatMax, text); error != 0)
      return is_absence(error) ? 0 : error;
    value = parse_number<std::uint32_t>(take_until(text, '\n')).value_or(kUnsetId);
    return 0;
  };
  const int error = number("loginuid", task_.task.loginuid);
  return error != 0 ? error : number("sessionid", task_.task.audit_session);
}

int ProcReader::read_namespaces() {
  static constexpr std::array<const char*, kNsCount> kFiles = {"ns/pid", "ns/mnt", "ns/net",   "ns/user",
                                                               "ns/uts", "ns/ipc", "ns/cgroup"};
  for (std::size_t i = 0; i < kFiles.size(); ++i) {
    std::string_view target;
    if (const int error = read_link(kFiles[i], scratch_, target); error != 0) return error;
    if (!target.empty()) task_.task.ns[i] = parse_namespace_link(target);
  }
  return 0;
}

std::uint64_t ProcReader::host_start_ns(std::uint64_t ticks) const {
  // Ticks of a garbled or hostile file (a fixture, a FUSE mount) must not overflow.
  constexpr std::uint64_t kTicksMax = UINT64_MAX / 4 / kTickNs;
  const auto shown = static_cast<std::int64_t>(std::min(ticks, kTicksMax) * kTickNs);
  const std::int64_t host = shown - boottime_offset_;
  return host < 0 ? 0 : static_cast<std::uint64_t>(host);
}

}  // namespace proctree
