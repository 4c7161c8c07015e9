// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "base/whole_file.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>

#include "base/file_descriptor.hpp"

namespace proctree {

bool write_all(int fd, std::string_view text) {
  while (!text.empty()) {
    const ssize_t put = ::write(fd, text.data(), text.size());
    if (put < 0 && errno != EINTR) return false;
    if (put > 0) text.remove_prefix(static_cast<std::size_t>(put));
  }
  return true;
}

bool read_whole(int fd, std::size_t most, std::string& text) {
  text.clear();
  std::array<char, 1 << 14> buffer;  // NOLINT(cppcoreguidelines-pro-type-member-init)
  while (text.size() <= most) {
    const ssize_t got = ::read(fd, buffer.data(), buffer.size());
    if (got == 0) return true;
    if (got < 0 && errno != EINTR) return false;
    if (got > 0) text.append(buffer.data(), static_cast<std::size_t>(got));
  }
  errno = EFBIG;
  return false;
}

bool replace_file(int folder_fd, const std::string& temporary, const std::string& name, std::string_view text,
                  mode_t mode, Sync sync) {
  // A file that a crash has left, or another user has put there, is not written to.
  ::unlinkat(folder_fd, temporary.c_str(), 0);
  const FileDescriptor file(
      ::openat(folder_fd, temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode));
  return file.valid() && write_all(file.get(), text) && (sync == Sync::no || ::fdatasync(file.get()) == 0) &&
         ::renameat(folder_fd, temporary.c_str(), folder_fd, name.c_str()) == 0;
}

}  // namespace proctree
