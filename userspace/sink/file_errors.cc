// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "sink/file_errors.hpp"

#include <cerrno>

namespace proctree {

std::string open_remedy(int system_errno) {
  switch (system_errno) {
    case EACCES:
    case EPERM:
      return "choose a file that this user may read and write";
    case ENOENT:
    case ENOTDIR:
      return "make its directory first";
    case EISDIR:
      return "name a file in it";
    case EROFS:
      return "choose a file system that is not read-only";
    default:
      return "choose another file";
  }
}

std::string write_remedy(int system_errno) {
  switch (system_errno) {
    case ENOSPC:
    case EDQUOT:
      return "free some space there or write to another file system";
    case EFBIG:
      return "rotate the file or raise the limit (ulimit -f)";
    case EPIPE:
      return {};
    case EBADF:
      return "leave it open, or name a file";
    default:
      return "see the kernel's log for the device's errors, or write elsewhere";
  }
}

}  // namespace proctree
