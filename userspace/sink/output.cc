// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "sink/output.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <utility>

#include "sink/file_errors.hpp"

namespace proctree {

namespace {

// The size of a regular file, -1 for anything else.
off_t regular_size(int fd) {
  struct stat status {};
  return ::fstat(fd, &status) == 0 && S_ISREG(status.st_mode) ? status.st_size : -1;
}

bool is_fifo(int fd) {
  struct stat status {};
  return ::fstat(fd, &status) == 0 && S_ISFIFO(status.st_mode);
}

Result<int> open_file(const std::string& path) {
  struct stat status {};
  // Reading is for finding a torn line. A FIFO or a device must be open for writing alone: a FIFO that is
  // its own reader would never tell that the real one is gone.
  const bool special = ::stat(path.c_str(), &status) == 0 && !S_ISREG(status.st_mode);
  const int access = special ? O_WRONLY : O_RDWR;
  int fd = -1;
  do {
    fd = ::open(path.c_str(), access | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY, kFileMode);
  } while (fd < 0 && errno == EINTR);
  if (fd >= 0 && is_fifo(fd)) ::fcntl(fd, F_SETFL, ::fcntl(fd, F_GETFL) | O_NONBLOCK);
  if (fd < 0) {
    const int error = errno;
    return fail_errno("cannot open " + path + " for output", error, open_remedy(error));
  }
  return fd;
}

// A write to a full pipe must not hold us where no signal is looked at. The flag belongs to what was
// opened, which others share (a shell's pipeline): so standard output is opened once more, for us alone.
// Where that can't be, writes block.
int own_standard_output() {
  if (!is_fifo(STDOUT_FILENO)) return -1;
  return ::open("/proc/self/fd/1", O_WRONLY | O_NONBLOCK | O_CLOEXEC);
}

}  // namespace

Result<Output> Output::open(std::string path) {
  if (path == "-") {
    const int own = own_standard_output();
    return Output(std::move(path), own < 0 ? STDOUT_FILENO : own, own >= 0);
  }
  auto fd = open_file(path);
  if (!fd) return tl::make_unexpected(std::move(fd.error()));
  Output output(std::move(path), *fd, true);
  if (auto closed = output.close_torn_line(); !closed) return tl::make_unexpected(std::move(closed.error()));
  return output;
}

Output::Output(Output&& other) noexcept
    : path_(std::move(other.path_)),
      fd_(std::exchange(other.fd_, -1)),
      owned_(std::exchange(other.owned_, false)),
      buffer_(std::move(other.buffer_)),
      begun_(std::exchange(other.begun_, 0)),
      stop_fd_(other.stop_fd_),
      asked_to_stop_(std::move(other.asked_to_stop_)) {
  other.buffer_.clear();
}

Output& Output::operator=(Output&& other) noexcept {
  std::swap(path_, other.path_);
  std::swap(fd_, other.fd_);
  std::swap(owned_, other.owned_);
  std::swap(buffer_, other.buffer_);
  std::swap(begun_, other.begun_);
  std::swap(stop_fd_, other.stop_fd_);
  std::swap(asked_to_stop_, other.asked_to_stop_);
  return *this;
}

Output::~Output() {
  if (owned_) ::close(fd_);
}

std::string Output::shown_path() const { return path_ == "-" ? "standard output" : path_; }

Result<void> Output::close_torn_line() {
  const off_t size = regular_size(fd_);
  if (size <= 0) return {};
  char last = 0;
  ssize_t n = 0;
  do {
    n = ::pread(fd_, &last, 1, size - 1);
  } while (n < 0 && errno == EINTR);
  if (n < 0) {
    const int error = errno;
    return fail_errno("cannot read the end of " + path_, error, write_remedy(error));
  }
  if (n == 0 || last == '\n') return {};
  buffer_.insert(0, 1, '\n');
  return flush();
}

Result<void> Output::append(std::string_view line) {
  if (!buffer_.empty() && buffer_.size() + line.size() >= kBatchBytes) {
    if (auto flushed = flush(); !flushed) return flushed;
  }
  buffer_ += line;
  buffer_ += '\n';
  return {};
}

Result<void> Output::flush() {
  std::size_t written = begun_;
  while (written < buffer_.size()) {
    const ssize_t n = ::write(fd_, buffer_.data() + written, buffer_.size() - written);
    if (n > 0) {
      written += static_cast<std::size_t>(n);
    } else if (n == 0) {
      return write_failed(EIO, written);
    } else if (errno == EAGAIN) {
      if (!wait_until_writable()) return write_failed(ETIMEDOUT, written);
    } else if (errno != EINTR) {
      return write_failed(errno, written);
    }
  }
  buffer_.clear();
  begun_ = 0;
  return {};
}

void Output::stop_waiting_on(int fd, std::function<bool()> asked_to_stop) {
  stop_fd_ = fd;
  asked_to_stop_ = std::move(asked_to_stop);
}

// False: it was asked to stop, and the reader takes nothing.
bool Output::wait_until_writable() {
  std::array<pollfd, 2> requests = {pollfd{fd_, POLLOUT, 0}, pollfd{stop_fd_, POLLIN, 0}};
  for (;;) {
    const bool stop = asked_to_stop_ && asked_to_stop_();
    const int ready =
        stop ? ::poll(requests.data(), 1, static_cast<int>(std::chrono::milliseconds(kGrace).count()))
             : ::poll(requests.data(), requests.size(), -1);
    if (stop && ready == 0) return false;
    if (ready > 0 && requests[0].revents != 0) return true;  // or failed: the next write tells
  }
}

tl::unexpected<Error> Output::write_failed(int system_errno, std::size_t written) {
  // Whole lines that reached the file are done with. The torn one after them is taken back; where that
  // cannot be (a pipe), a later try has to go on in its middle.
  const std::size_t newline = written == 0 ? std::string::npos : buffer_.rfind('\n', written - 1);
  const std::size_t whole = newline == std::string::npos ? 0 : newline + 1;
  begun_ = written > whole && !take_back(written - whole) ? written - whole : 0;
  buffer_.erase(0, whole);
  if (system_errno == ETIMEDOUT) {
    return fail(ErrorCode::io, "the reader of " + shown_path() + " takes nothing, and misses the last lines");
  }
  return fail_errno("cannot write to " + shown_path(), system_errno, write_remedy(system_errno));
}

bool Output::take_back(std::size_t torn_bytes) const {
  const off_t size = regular_size(fd_);
  const auto torn = static_cast<off_t>(torn_bytes);
  // Only what is ours: if another writer has appended since, the end of the file is not where we stopped.
  if (size < torn || ::lseek(fd_, 0, SEEK_CUR) != size) return false;
  if (::ftruncate(fd_, size - torn) != 0) return false;
  return ::lseek(fd_, size - torn, SEEK_SET) == size - torn;
}

Result<void> Output::reopen() {
  if (path_ == "-") return {};
  // What cannot be written to the old file any more stays in the buffer and goes to the new one.
  auto flushed = flush();
  if (!flushed && is_reader_gone(flushed.error())) return flushed;
  auto fd = open_file(path_);
  if (!fd) return tl::make_unexpected(std::move(fd.error()));
  const int old_fd = std::exchange(fd_, *fd);
  begun_ = 0;
  if (::close(old_fd) != 0 && errno != EINTR) return close_failed(errno);
  return close_torn_line();
}

Result<void> Output::close() {
  if (auto flushed = flush(); !flushed) return flushed;
  const int fd = std::exchange(fd_, -1);
  if (!std::exchange(owned_, false) || ::close(fd) == 0 || errno == EINTR) return {};
  return close_failed(errno);
}

tl::unexpected<Error> Output::close_failed(int system_errno) const {
  return fail_errno("cannot finish writing to " + shown_path(), system_errno, write_remedy(system_errno));
}

}  // namespace proctree
