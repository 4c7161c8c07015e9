// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// A file system of the kernel's own, mounted at no place: nobody else sees it, and it goes with its
// descriptor.
#pragma once

#include "base/file_descriptor.hpp"

namespace proctree {

// `type`: "tracefs", "proc". Invalid with errno where there can be none: it takes CAP_SYS_ADMIN.
[[nodiscard]] FileDescriptor mount_unplaced(const char* type);

}  // namespace proctree
