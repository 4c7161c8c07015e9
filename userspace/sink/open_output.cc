// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "sink/open_output.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "sink/file_errors.hpp"

namespace proctree {

namespace {

constexpr int kLookForReaderMs = 100;  // nothing reports when a FIFO's reader comes

}  // namespace

Result<int> open_for_output(const std::string& path) {
  struct stat status {};
  // Reading is for finding a torn line. A FIFO or a device must be open for writing alone: a FIFO that is its
  // own reader would never report that the real one is gone.
  const bool special = ::stat(path.c_str(), &status) == 0 && !S_ISREG(status.st_mode);
  const int access = special ? O_WRONLY : O_RDWR;
  int fd = -1;
  do {
    fd = ::open(path.c_str(), access | O_NONBLOCK | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY, kFileMode);
  } while (fd < 0 && errno == EINTR);
  if (fd >= 0) return fd;
  const int error = errno;
  return fail_errno("cannot open " + path + " for output", error, open_remedy(error));
}

bool lacks_reader(const Error& error, const std::string& path) {
  struct stat status {};
  return error.system_errno == ENXIO && ::stat(path.c_str(), &status) == 0 && S_ISFIFO(status.st_mode);
}

Result<int> open_for_reader(const std::string& path, const StopRequest& stop) {
  for (;;) {
    auto fd = open_for_output(path);
    if (fd || !lacks_reader(fd.error(), path)) return fd;
    if (stop.is_there()) return fail_errno("nobody reads " + path, EPIPE);
    pollfd asked{stop.fd, POLLIN, 0};
    ::poll(&asked, 1, kLookForReaderMs);
  }
}

int open_standard(int standard_fd) {
  struct stat status {};
  const bool pipe = ::fstat(standard_fd, &status) == 0 && S_ISFIFO(status.st_mode);
  if (!pipe && ::isatty(standard_fd) == 0) return -1;
  const std::string path = "/proc/self/fd/" + std::to_string(standard_fd);
  return ::open(path.c_str(), O_WRONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
}

}  // namespace proctree
