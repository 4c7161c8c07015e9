// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <array>
#include <bit>
#include <fstream>
#include <map>
#include <string>

#include "base/file_descriptor.hpp"
#include "base/parse_text.hpp"
#include "entry/launcher_files.hpp"
#include "procfs/parse.hpp"

namespace proctree::entry {

namespace {

std::uint32_t mount_namespace_of(const std::string& folder) {
  struct stat status {};
  return ::stat((folder + "/ns/mnt").c_str(), &status) == 0 ? static_cast<std::uint32_t>(status.st_ino) : 0;
}

// As the kernel marks its own threads; a process of a container may have pid 2 and any name.
bool is_kernel_thread(const std::string& folder) {
  std::ifstream file(folder + "/stat");
  std::string text;
  std::getline(file, text);
  const auto stat = parse_stat(text);
  return stat && stat->kthread();
}

FileDescriptor open_folder(const std::string& path) {
  return FileDescriptor(::open(path.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
}

class HostFiles final : public FileFinder {
 public:
  explicit HostFiles(const std::string& proc) {
    for (const char* pid : {"/1", "/2"}) {
      const std::string folder = proc + pid;
      if (pid[1] == '2' && !is_kernel_thread(folder)) continue;
      const std::uint32_t found = mount_namespace_of(folder);
      if (found == 0) continue;
      namespace_ = found;
      root_ = open_folder(folder + "/root");
      if (root_.valid()) read_devices(folder + "/mountinfo");
      break;
    }
    if (root_.valid()) return;
    const std::uint32_t own = mount_namespace_of(proc + "/self");
    if (namespace_ == 0) namespace_ = own;  // without root none but ours are shown
    if (own != namespace_) return;
    root_ = open_folder("/");
    read_devices(proc + "/self/mountinfo");
  }

  [[nodiscard]] std::optional<FoundFile> find(std::string_view path) override {
    if (!root_.valid()) return std::nullopt;
    open_how how{};
    how.flags = O_PATH | O_CLOEXEC;
    how.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS;
    name_ = path;
    const FileDescriptor file(
        static_cast<int>(::syscall(SYS_openat2, root_.get(), name_.c_str(), &how, sizeof how)));
    struct statx status {};
    constexpr unsigned kWanted = STATX_BASIC_STATS | 0x1000U;  // STATX_MNT_ID, since Linux 5.8
    if (!file.valid() || ::statx(file.get(), "", AT_EMPTY_PATH | AT_STATX_DONT_SYNC, kWanted, &status) != 0)
      return std::nullopt;
    if (!S_ISREG(status.stx_mode)) return std::nullopt;
    FoundFile found;
    found.key = {makedev(status.stx_dev_major, status.stx_dev_minor), status.stx_ino};
    found.superblock_dev = found.key.dev;
    if (const auto device = devices_.find(mount_id(status)); device != devices_.end())
      found.superblock_dev = device->second;
    found.is_trusted = status.stx_uid == 0 && (status.stx_mode & (S_IWGRP | S_IWOTH)) == 0;
    return found;
  }
  [[nodiscard]] std::uint32_t mount_namespace() const override { return namespace_; }

 private:
  // Its place in struct statx, which older headers don't name.
  static std::uint64_t mount_id(const struct statx& status) {
    static_assert(sizeof(struct statx) == 256);
    constexpr std::size_t kPlace = 0x90;
    if ((status.stx_mask & 0x1000U) == 0) return 0;
    return std::bit_cast<std::array<std::uint64_t, 32>>(status)[kPlace / sizeof(std::uint64_t)];
  }

  // ID PARENT MAJOR:MINOR …
  void read_devices(const std::string& mountinfo) {
    std::ifstream file(mountinfo);
    for (std::string line; std::getline(file, line);) {
      Words words(line);
      std::uint64_t id = 0;
      if (!words.next(id)) continue;
      words.skip(1);
      std::string_view device = words.next();
      const auto major = parse_number<unsigned>(take_until(device, ':'));
      const auto minor = parse_number<unsigned>(device);
      if (major && minor) devices_.emplace(id, makedev(*major, *minor));
    }
  }

  FileDescriptor root_;
  std::uint32_t namespace_ = 0;
  std::map<std::uint64_t, std::uint64_t> devices_;  // of superblocks, by mount
  std::string name_;
};

}  // namespace

std::unique_ptr<FileFinder> host_files(const char* proc_root) {
  return std::make_unique<HostFiles>(proc_root);
}

}  // namespace proctree::entry
