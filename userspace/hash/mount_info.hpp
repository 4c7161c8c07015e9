// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// One mount in /proc/PID/mountinfo: a file's st_dev may be another than its superblock's device
// (Btrfs, overlays), and events name the latter.
#pragma once

#include <sys/stat.h>

#include <cstdint>
#include <optional>
#include <string>

namespace proctree {

struct MountInfo {
  std::uint64_t dev = 0;  // of the superblock, as in st_dev
  std::string type;       // of the file system: "ext4", "fuse.sshfs"

  // Its server is a process, perhaps of the very user whose file is looked at.
  [[nodiscard]] bool is_served_by_process() const { return type.starts_with("fuse"); }
};

// `folder`: /proc/PID, open. None: that process can't reach the mount from its root.
[[nodiscard]] std::optional<MountInfo> find_mount(int folder, std::uint64_t mount_id);

// Whether the file system of that superblock is mounted in our own mount namespace, as those of container
// engines are: not in a user's own alone.
[[nodiscard]] bool is_mounted_here(std::uint64_t dev);

// Asked for with STATX_MNT_ID; 0: the kernel doesn't say.
inline constexpr unsigned kStatxMountId = 0x1000U;
[[nodiscard]] std::uint64_t mount_id_of(const struct statx& status);

}  // namespace proctree
