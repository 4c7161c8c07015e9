// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "hash/hashable_file.hpp"

#include <fcntl.h>
#include <linux/magic.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <optional>
#include <string>

#include "hash/mount_info.hpp"
#include "procfs/parse.hpp"

namespace proctree {

namespace {

using Opened = tl::expected<HashableFile, HashOutcome>;

#ifndef RESOLVE_CACHED
#define RESOLVE_CACHED 0x20  // since Linux 5.12
#endif
#ifndef FUSE_SUPER_MAGIC
#define FUSE_SUPER_MAGIC 0x65735546
#endif

#ifndef OVERLAYFS_SUPER_MAGIC
#define OVERLAYFS_SUPER_MAGIC 0x794c7630
#endif

tl::unexpected<HashOutcome> failed(HashOutcome outcome) { return tl::make_unexpected(outcome); }

constexpr int kPlace = O_PATH | O_CLOEXEC;

// What has just been executed is in the kernel's cache, and so is the way to it. Nothing is asked of a file
// system on that way, which could keep us waiting.
FileDescriptor open_cached(int folder, const std::string& path, int flags, std::uint64_t resolve) {
  open_how how{};
  how.flags = static_cast<std::uint64_t>(flags);
  how.resolve = resolve | RESOLVE_NO_MAGICLINKS | RESOLVE_CACHED;
  long fd = -1;
  // It may fail temporarily, by changes elsewhere.
  for (int attempt = 0; attempt < 3; ++attempt) {
    fd = ::syscall(SYS_openat2, folder, path.c_str(), &how, sizeof how);
    if (fd >= 0 || errno != EAGAIN) break;
  }
  if (fd < 0 && errno == EINVAL) {
    how.resolve &= ~std::uint64_t{RESOLVE_CACHED};
    fd = ::syscall(SYS_openat2, folder, path.c_str(), &how, sizeof how);
  }
  return FileDescriptor(static_cast<int>(fd));
}

std::optional<struct statx> look_at(int fd, int flags = 0) {
  struct statx status {};
  if (::statx(fd, "", AT_EMPTY_PATH | flags, STATX_BASIC_STATS | kStatxMountId, &status) != 0)
    return std::nullopt;
  return status;
}

FileState state_of(const struct statx& status) {
  constexpr std::int64_t kSecond = 1'000'000'000;
  return {{makedev(status.stx_dev_major, status.stx_dev_minor), status.stx_ino},
          status.stx_size,
          status.stx_ctime.tv_sec * kSecond + status.stx_ctime.tv_nsec};
}

bool is_same_file(const struct statx& a, const struct statx& b) {
  return a.stx_dev_major == b.stx_dev_major && a.stx_dev_minor == b.stx_dev_minor && a.stx_ino == b.stx_ino;
}

// A user who mounts file systems in a user namespace of his own may change what is below an overlay without a
// trace, or serve it himself.
bool is_hashable(const MountInfo& mount) {
  if (mount.is_served_by_process()) return false;
  return mount.type != "overlay" || is_mounted_here(mount.dev);
}

FileDescriptor open_own_folder() { return FileDescriptor(::open("/proc/self", kPlace | O_DIRECTORY)); }

// /proc/PID, as long as it is that process's: what is opened from there is its own or fails.
FileDescriptor open_folder(const ProcKey& process) {
  const std::string path = "/proc/" + std::to_string(process.pid);
  FileDescriptor folder(::open(path.c_str(), kPlace | O_DIRECTORY));
  const FileDescriptor file(folder.valid() ? ::openat(folder.get(), "stat", O_RDONLY | O_CLOEXEC) : -1);
  std::array<char, 1024> text{};
  const ssize_t size = file.valid() ? ::read(file.get(), text.data(), text.size()) : -1;
  const auto stat = parse_stat({text.data(), size > 0 ? static_cast<std::size_t>(size) : 0});
  if (!stat || stat->start_ticks != process.start_ns / kTickNs) return {};
  return folder;
}

// The superblock's device: that of st_dev, or of the mount.
bool is_on(std::uint64_t dev, const struct statx& status, int folder) {
  if (makedev(status.stx_dev_major, status.stx_dev_minor) == dev) return true;
  auto mount = folder < 0 ? std::nullopt : find_mount(folder, mount_id_of(status));
  if (!mount) {
    const FileDescriptor own = open_own_folder();
    mount = find_mount(own.get(), mount_id_of(status));
  }
  return mount && mount->dev == dev;
}

// A place by O_PATH is opened for reading: no name of it is looked up once more.
Opened open_for_reading(const FileDescriptor& place, const FileState& expected) {
  const std::string path = "/proc/self/fd/" + std::to_string(place.get());
  FileDescriptor file(::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
  if (!file.valid()) return failed(HashOutcome::unreadable);
  HashableFile opened{std::move(file), expected, {}};
  if (!is_unchanged(opened)) return failed(HashOutcome::changed);
  return opened;
}

Opened open_executed(const FileDescriptor& place, const HashRequest& request, int folder) {
  if (!place.valid()) return failed(HashOutcome::gone);
  const auto status = look_at(place.get(), AT_STATX_DONT_SYNC);
  if (!status) return failed(HashOutcome::unreadable);
  if (!S_ISREG(status->stx_mode)) return failed(HashOutcome::refused);
  const FileState& executed = request.exe.state;
  if (request.exe.file_system == OVERLAYFS_SUPER_MAGIC && !is_mounted_here(executed.file.dev))
    return failed(HashOutcome::refused);
  FileState now = state_of(*status);
  const std::uint64_t own_dev = now.file.dev;
  now.file.dev = executed.file.dev;
  if (now != executed || !is_on(executed.file.dev, *status, folder)) return failed(HashOutcome::changed);
  now.file.dev = own_dev;
  return open_for_reading(place, now);
}

Opened open_executable(const HashRequest& request) {
  if (request.exe.file_system == FUSE_SUPER_MAGIC) return failed(HashOutcome::refused);
  FileDescriptor folder = open_folder(request.process);
  Opened opened = failed(HashOutcome::gone);
  if (folder.valid())
    opened = open_executed(FileDescriptor(::openat(folder.get(), "exe", kPlace)), request, folder.get());
  if (opened && request.must_run) opened->process = std::move(folder);
  if (opened || request.must_run || request.path_size == 0) return opened;
  const FileDescriptor place =
      open_cached(AT_FDCWD, std::string(request.path()), kPlace | O_NOFOLLOW, RESOLVE_NO_SYMLINKS);
  if (!place.valid()) return opened;
  return open_executed(place, request, -1);
}

// The directory that a relative path begins at is known by its path from the root of the mount namespace.
// That is the process's own root, or it has another one (chroot): then a path is only taken where it leads to
// the directory that the process is still in.
bool begins_at(const FileDescriptor& root, const std::string& cwd, const FileDescriptor& folder) {
  const FileDescriptor ours(::open("/", kPlace | O_DIRECTORY));
  const auto own_root = look_at(ours.get(), AT_STATX_DONT_SYNC);
  const auto its_root = look_at(root.get(), AT_STATX_DONT_SYNC);
  if (own_root && its_root && is_same_file(*own_root, *its_root)) return true;
  const FileDescriptor by_path = open_cached(root.get(), cwd, kPlace | O_DIRECTORY, RESOLVE_IN_ROOT);
  const FileDescriptor now(::openat(folder.get(), "cwd", kPlace | O_DIRECTORY));
  if (!by_path.valid() || !now.valid()) return false;
  const auto a = look_at(by_path.get(), AT_STATX_DONT_SYNC);
  const auto b = look_at(now.get(), AT_STATX_DONT_SYNC);
  return a && b && is_same_file(*a, *b);
}

// What its interpreter could not have read was not what stood there when it was executed. Others than the
// owner must be let read it: groups and lists of access are not looked at.
bool is_readable_by(std::uint32_t euid, const struct statx& status) {
  return euid == 0 || (status.stx_mode & S_IROTH) != 0 ||
         (status.stx_uid == euid && (status.stx_mode & S_IRUSR) != 0);
}

Opened open_script(const HashRequest& request) {
  const FileDescriptor folder = open_folder(request.process);
  const FileDescriptor root(folder.valid() ? ::openat(folder.get(), "root", kPlace | O_DIRECTORY) : -1);
  if (!root.valid()) return failed(HashOutcome::gone);
  std::string path(request.path());
  if (!path.starts_with('/')) {
    const std::string cwd(request.cwd());
    if (cwd.empty() || !begins_at(root, cwd, folder)) return failed(HashOutcome::gone);
    path = cwd + '/' + path;
  }
  const FileDescriptor place = open_cached(root.get(), path, kPlace, RESOLVE_IN_ROOT);
  const auto status = place.valid() ? look_at(place.get(), AT_STATX_DONT_SYNC) : std::nullopt;
  if (!status) return failed(HashOutcome::gone);
  if (!S_ISREG(status->stx_mode) || !is_readable_by(request.euid, *status))
    return failed(HashOutcome::refused);
  bool is_volatile = false;
  if (status->stx_dev_major == 0) {  // of no block device: perhaps of a process
    const auto mount = find_mount(folder.get(), mount_id_of(*status));
    if (!mount || !is_hashable(*mount)) return failed(HashOutcome::refused);
    is_volatile = mount->type == "tmpfs" || mount->type == "ramfs";
  }
  auto opened = open_for_reading(place, state_of(*status));
  if (opened) opened->is_volatile = is_volatile;
  return opened;
}

}  // namespace

Opened open_hashable(const HashRequest& request) {
  return request.file == HashedFile::script ? open_script(request) : open_executable(request);
}

bool is_unchanged(const HashableFile& file) {
  const auto status = look_at(file.file.get());
  if (!status || !S_ISREG(status->stx_mode) || state_of(*status) != file.state) return false;
  if (!file.process.valid()) return true;
  const FileDescriptor exe(::openat(file.process.get(), "exe", kPlace));
  const auto executed = exe.valid() ? look_at(exe.get(), AT_STATX_DONT_SYNC) : std::nullopt;
  return executed && state_of(*executed) == file.state;
}

}  // namespace proctree
