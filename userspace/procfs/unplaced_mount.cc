// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "procfs/unplaced_mount.hpp"

#include <sys/mount.h>

namespace proctree {

FileDescriptor mount_unplaced(const char* type) {
  const FileDescriptor context(fsopen(type, FSOPEN_CLOEXEC));
  if (!context.valid() || fsconfig(context.get(), FSCONFIG_CMD_CREATE, nullptr, nullptr, 0) != 0) return {};
  return FileDescriptor(fsmount(context.get(), FSMOUNT_CLOEXEC, 0));
}

}  // namespace proctree
