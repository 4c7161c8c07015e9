// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "hash/mount_info.hpp"

#include <fcntl.h>
#include <sys/sysmacros.h>

#include <array>
#include <bit>
#include <cstddef>
#include <functional>
#include <string_view>
#include <utility>

#include "base/file_descriptor.hpp"
#include "base/parse_text.hpp"
#include "base/whole_file.hpp"

namespace proctree {

namespace {

constexpr std::size_t kMountsBytesMost = std::size_t{16} << 20;  // some 80,000 mounts

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
  const FileDescriptor file(::openat(folder, "mountinfo", O_RDONLY | O_CLOEXEC));
  std::string text;
  if (!file.valid() || !read_whole(file.get(), kMountsBytesMost, text)) return std::nullopt;
  for (std::string_view rest = text; !rest.empty();) {
    auto mount = parse_mount(take_until(rest, '\n'));
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
