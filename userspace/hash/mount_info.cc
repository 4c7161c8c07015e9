// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "hash/mount_info.hpp"

#include <fcntl.h>
#include <sys/sysmacros.h>

#include <array>
#include <bit>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <memory>
#include <string_view>

#include "base/file_descriptor.hpp"
#include "base/parse_text.hpp"

namespace proctree {

namespace {

struct Line {
  Line() = default;
  Line(const Line&) = delete;
  Line& operator=(const Line&) = delete;
  ~Line() { std::free(text); }  // NOLINT(cppcoreguidelines-no-malloc): getline(3)'s

  char* text = nullptr;
  std::size_t size = 0;
};

struct Mount {
  std::uint64_t id = 0;
  MountInfo info;
};

// ID PARENT MAJOR:MINOR ROOT PLACE OPTIONS … - TYPE …
std::optional<Mount> parse_mount(std::string_view line) {
  Mount mount;
  Words words(line);
  if (!words.next(mount.id)) return std::nullopt;
  words.skip(1);
  std::string_view device = words.next();
  const auto major = parse_number<unsigned>(take_until(device, ':'));
  const auto minor = parse_number<unsigned>(device);
  if (!major || !minor) return std::nullopt;
  words.skip(3);
  std::string_view word = words.next();
  while (!word.empty() && word != "-") word = words.next();
  mount.info = {makedev(*major, *minor), std::string(words.next())};
  return mount;
}

// The first that is the wanted one, of the process whose folder is open.
std::optional<MountInfo> find(int folder, const std::function<bool(const Mount&)>& is_wanted) {
  FileDescriptor fd(::openat(folder, "mountinfo", O_RDONLY | O_CLOEXEC));
  if (!fd.valid()) return std::nullopt;
  const std::unique_ptr<FILE, int (*)(FILE*)> file(::fdopen(fd.get(), "re"), &std::fclose);
  if (!file) return std::nullopt;
  fd.release();
  Line line;
  for (ssize_t size = 0; (size = ::getline(&line.text, &line.size, file.get())) > 0;) {
    auto mount = parse_mount({line.text, static_cast<std::size_t>(size)});
    if (mount && is_wanted(*mount)) return std::move(mount->info);
  }
  return std::nullopt;
}

}  // namespace

std::optional<MountInfo> find_mount(int folder, std::uint64_t mount_id) {
  if (mount_id == 0) return std::nullopt;
  return find(folder, [mount_id](const Mount& mount) { return mount.id == mount_id; });
}

bool is_mounted_here(std::uint64_t dev) {
  const FileDescriptor own(::open("/proc/self", O_PATH | O_DIRECTORY | O_CLOEXEC));
  return find(own.get(), [dev](const Mount& mount) { return mount.info.dev == dev; }).has_value();
}

// Its place in struct statx, which older headers don't name.
std::uint64_t mount_id_of(const struct statx& status) {
  static_assert(sizeof(struct statx) == 256);
  constexpr std::size_t kMountIdPlace = 0x90;
  if ((status.stx_mask & kStatxMountId) == 0) return 0;
  return std::bit_cast<std::array<std::uint64_t, 32>>(status)[kMountIdPlace / sizeof(std::uint64_t)];
}

}  // namespace proctree
