// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "sink/output.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <utility>

#include "base/try.hpp"
#include "sink/file_errors.hpp"
#include "sink/open_output.hpp"

namespace proctree {

namespace {

// The size of a regular file, -1 for anything else.
off_t regular_size(int fd) {
  struct stat status {};
  return ::fstat(fd, &status) == 0 && S_ISREG(status.st_mode) ? status.st_size : -1;
}

bool is_socket(int fd) {
  struct stat status {};
  return ::fstat(fd, &status) == 0 && S_ISSOCK(status.st_mode);
}

}  // namespace

Result<Output> Output::open(std::string path, StopRequest stop, TornLine torn) {
  if (path == "-") return standard(STDOUT_FILENO, std::move(stop));
  auto fd = PROCTREE_TRY(open_for_reader(path, stop));
  Output output(std::move(path), fd, true, std::move(stop));
  output.torn_ = torn;
  PROCTREE_CHECK(output.close_torn_line());
  return output;
}

Output Output::standard(int fd, StopRequest stop) {
  const int own = open_standard(fd);
  Output output("", own < 0 ? fd : own, own >= 0, std::move(stop));
  output.standard_ = fd;
  output.socket_ = is_socket(fd);
  return output;
}

Output::Output(Output&& other) noexcept
    : path_(std::move(other.path_)),
      torn_(other.torn_),
      fd_(std::exchange(other.fd_, -1)),
      owned_(std::exchange(other.owned_, false)),
      reopening_(other.reopening_),
      standard_(other.standard_),
      socket_(other.socket_),
      buffer_(std::move(other.buffer_)),
      begun_(std::exchange(other.begun_, 0)),
      stop_(std::move(other.stop_)) {
  other.buffer_.clear();
}

Output& Output::operator=(Output&& other) noexcept {
  std::swap(path_, other.path_);
  std::swap(torn_, other.torn_);
  std::swap(fd_, other.fd_);
  std::swap(owned_, other.owned_);
  std::swap(reopening_, other.reopening_);
  std::swap(standard_, other.standard_);
  std::swap(socket_, other.socket_);
  std::swap(buffer_, other.buffer_);
  std::swap(begun_, other.begun_);
  std::swap(stop_, other.stop_);
  return *this;
}

Output::~Output() {
  if (owned_) ::close(fd_);
}

std::string Output::shown_path() const {
  if (standard_ < 0) return path_;
  return standard_ == STDOUT_FILENO ? "standard output" : "standard error";
}

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
  if (n == 0 || last == '\n' || (torn_ == TornLine::cut && cut_torn_line(size))) return {};
  buffer_.insert(0, 1, '\n');
  return flush();
}

// False: we have not begun it. Where the machine crashed, NULs may stand for what never reached the disk, or
// for all of the line.
bool Output::cut_torn_line(std::int64_t size) const {
  std::array<char, 16 * 1024> block{};
  std::int64_t begin = size;  // of what was looked at
  std::int64_t line = -1;     // where the torn line begins
  bool only_nuls = true;
  while (begin > 0 && line < 0) {
    const std::int64_t length = std::min<std::int64_t>(begin, block.size());
    const ssize_t n = ::pread(fd_, block.data(), static_cast<std::size_t>(length), begin - length);
    if (n != length) return false;
    const std::string_view text(block.data(), static_cast<std::size_t>(length));
    const std::size_t newline = text.rfind('\n');
    const std::size_t torn = newline == std::string_view::npos ? 0 : newline + 1;
    only_nuls &= text.find_first_not_of('\0', torn) == std::string_view::npos;
    begin -= length;
    if (torn != 0) line = begin + static_cast<std::int64_t>(torn);
  }
  line = std::max<std::int64_t>(line, 0);
  return begins_as_ours(only_nuls ? 0 : line) && ::ftruncate(fd_, line) == 0;
}

// What stands there is the beginning of a JSON line of ours, or of a document of ECS or OCSF, as far as it
// goes.
bool Output::begins_as_ours(std::int64_t at) const {
  using namespace std::string_view_literals;
  constexpr std::array kBeginnings = {R"({"v":1,"type":")"sv, R"({"@timestamp":")"sv, R"({"activity_id":)"sv};
  std::array<char, 16> text{};
  const ssize_t n = ::pread(fd_, text.data(), text.size(), at);
  if (n <= 0 || text[0] == '\0') return false;
  const std::string_view read(text.data(), static_cast<std::size_t>(n));
  const std::string_view begun = read.substr(0, read.find('\0'));
  return std::ranges::any_of(kBeginnings, [begun](std::string_view beginning) {
    return beginning.starts_with(begun) || begun.starts_with(beginning);
  });
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
  if (reopening_) {
    if (auto tried = try_reopening(); !tried) return tried;
  }
  auto written = write_buffer();
  if (written || !reopening_ || !is_reader_gone(written.error())) return written;
  // The old reader is gone, and the new one still to come.
  auto fd = PROCTREE_TRY(open_for_reader(path_, stop_));
  if (auto gone = go_over_to(fd); !gone) return gone;
  return write_buffer();
}

// Never waits, except where a terminal or a pipe could not be opened once more for us alone.
ssize_t Output::write_some(std::string_view text) const {
  return socket_ ? ::send(fd_, text.data(), text.size(), MSG_DONTWAIT | MSG_NOSIGNAL)
                 : ::write(fd_, text.data(), text.size());
}

Result<void> Output::write_buffer() {
  std::size_t written = begun_;
  while (written < buffer_.size()) {
    const ssize_t n = write_some(std::string_view(buffer_).substr(written));
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

// False: it was asked to stop, and the reader takes nothing.
bool Output::wait_until_writable() {
  std::array<pollfd, 2> requests = {pollfd{fd_, POLLOUT, 0}, pollfd{stop_.fd, POLLIN, 0}};
  for (;;) {
    const bool stop = stop_.is_there();
    const int ready =
        stop ? ::poll(requests.data(), 1, static_cast<int>(std::chrono::milliseconds(kGrace).count()))
             : ::poll(requests.data(), requests.size(), -1);
    if (stop && ready == 0) return false;
    if (ready > 0 && requests[0].revents != 0) return true;  // or failed: the next write reports it
  }
}

tl::unexpected<Error> Output::write_failed(int system_errno, std::size_t written) {
  // Whole lines that reached the file are done. The torn one after them is cut off; where that is impossible
  // (a pipe), a later try has to go on in its middle.
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
  if (standard_ >= 0) return {};
  // What cannot be written to the old file any more stays in the buffer and goes to the new one.
  auto flushed = flush();
  if (!flushed && is_reader_gone(flushed.error())) return flushed;
  return try_reopening();
}

Result<void> Output::try_reopening() {
  auto fd = open_for_output(path_);
  if (fd) return go_over_to(*fd);
  reopening_ = lacks_reader(fd.error(), path_);
  if (reopening_) return {};
  return tl::make_unexpected(std::move(fd.error()));
}

Result<void> Output::go_over_to(int fd) {
  reopening_ = false;
  begun_ = 0;
  const int old_fd = std::exchange(fd_, fd);
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
