// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "sink/packet_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "sink/file_errors.hpp"

namespace proctree {

namespace {

bool is_open_on(int fd, const struct stat& file) {
  struct stat status {};
  return ::fstat(fd, &status) == 0 && status.st_dev == file.st_dev && status.st_ino == file.st_ino;
}

}  // namespace

Result<PacketFile> PacketFile::open(std::string path, std::span<const int> others) {
  // Not emptied before it is known what it is; and a FIFO must not hold us.
  FileDescriptor file(
      ::open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC | O_NOCTTY | O_NONBLOCK, kFileMode));
  struct stat status {};
  if (!file.valid() || ::fstat(file.get(), &status) != 0) {
    const int error = errno;
    return fail_errno("cannot open " + path + " for output", error, open_remedy(error));
  }
  if (!S_ISREG(status.st_mode))
    return fail(ErrorCode::invalid_argument, path + " is not a regular file", "choose another file");
  if (std::ranges::any_of(others, [&](int fd) { return is_open_on(fd, status); })) {
    return fail(ErrorCode::invalid_argument, path + " is read or written already by this very command",
                "choose another file");
  }
  if (::ftruncate(file.get(), 0) != 0) {
    const int error = errno;
    return fail_errno("cannot empty " + path, error, write_remedy(error));
  }
  return PacketFile(std::move(path), std::move(file));
}

Result<void> PacketFile::append(std::string_view packet) {
  if (!buffer_.empty() && buffer_.size() + packet.size() > kBatchBytes) {
    if (auto flushed = flush(); !flushed) return flushed;
  }
  buffer_ += packet;
  return {};
}

Result<void> PacketFile::flush() {
  std::size_t done = 0;
  while (done < buffer_.size()) {
    const ssize_t n = ::pwrite(file_.get(), buffer_.data() + done, buffer_.size() - done,
                               static_cast<off_t>(written_ + done));
    if (n > 0) {
      done += static_cast<std::size_t>(n);
    } else if (n == 0 || errno != EINTR) {
      const int error = n == 0 ? EIO : errno;
      // Where even that fails, the last packet is torn: readers say so and take those before it.
      (void)!::ftruncate(file_.get(), static_cast<off_t>(written_));
      return fail_errno("cannot write to " + path_, error, write_remedy(error));
    }
  }
  written_ += done;
  buffer_.clear();
  return {};
}

Result<void> PacketFile::close() {
  if (auto flushed = flush(); !flushed) return flushed;
  if (::close(file_.release()) == 0 || errno == EINTR) return {};
  const int error = errno;
  return fail_errno("cannot finish writing to " + path_, error, write_remedy(error));
}

}  // namespace proctree
