// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "base/byte_source.hpp"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <span>
#include <utility>

#include "base/try.hpp"

namespace proctree {

namespace {

constexpr std::size_t kBufferSize = 128 * 1024;

}  // namespace

Result<ByteSource> ByteSource::open(std::string path) {
  if (path == "-") {
    FileDescriptor own(::fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 0));
    if (!own.valid()) return fail_errno("cannot read standard input", errno);
    return ByteSource(std::move(own), "standard input");
  }
  FileDescriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY));
  if (!file.valid()) {
    return fail_errno("cannot open " + path, errno, "name a file that trace --format jsonl wrote");
  }
  ::posix_fadvise(file.get(), 0, 0, POSIX_FADV_SEQUENTIAL);  // advice: it may well be a pipe
  return ByteSource(std::move(file), std::move(path));
}

bool ByteSource::would_wait() const {
  if (begin_ != end_ || at_end_ || error_) return false;
  pollfd poll{file_.get(), POLLIN, 0};
  return ::poll(&poll, 1, 0) == 0;
}

Result<std::size_t> ByteSource::read(char* to, std::size_t size) {
  if (error_) return tl::make_unexpected(*error_);
  if (!begun_) {
    PROCTREE_CHECK(fill(kMagicSize));
    compression_ = compression_of(input());
    decoder_ = make_decoder(compression_);
    begun_ = true;
    if (end_in_magic()) return 0;
  }
  if (decoder_) return decode(to, size);
  if (begin_ == end_) return at_end_ ? Result<std::size_t>(0) : read_file(to, size);
  const std::size_t count = std::min(size, end_ - begin_);
  std::memcpy(to, buffer_.get() + begin_, count);
  begin_ += count;
  return count;
}

Result<std::size_t> ByteSource::read_file(char* to, std::size_t size) const {
  while (true) {
    const ssize_t got = ::read(file_.get(), to, size);
    if (got >= 0) return static_cast<std::size_t>(got);
    if (errno != EINTR) return fail_errno("cannot read " + name_, errno);
  }
}

// Until `size` bytes are in the buffer, or there are no more.
Result<void> ByteSource::fill(std::size_t size) {
  if (!buffer_) buffer_ = std::make_unique_for_overwrite<char[]>(kBufferSize);
  if (begin_ != 0) std::memmove(buffer_.get(), buffer_.get() + begin_, end_ - begin_);
  end_ -= std::exchange(begin_, 0);
  while (end_ < size && !at_end_) {
    const auto got = PROCTREE_TRY(read_file(buffer_.get() + end_, kBufferSize - end_));
    at_end_ = got == 0;
    end_ += got;
  }
  return {};
}

// False: there is none. NULs behind the last are padding, as on a tape or after a crash of the machine.
Result<bool> ByteSource::begin_member() {
  do {
    begin_ += std::min(input().find_first_not_of('\0'), end_ - begin_);
    if (auto filled = fill(kMagicSize); !filled) return tl::make_unexpected(filled.error());
  } while (begin_ != end_ && input().front() == '\0');
  if (begin_ == end_ || end_in_magic()) return false;
  const Compression compression = compression_of(input());
  if (compression == Compression::none) {
    return fail(ErrorCode::corrupt,
                name_ + ": what follows its " + name_of(compression_) + " data is not compressed",
                "was something appended to a compressed file? what stands before has been read");
  }
  if (compression != compression_) decoder_ = make_decoder(compression);
  compression_ = compression;
  return true;
}

// The file ends before the bytes that would say its format.
bool ByteSource::end_in_magic() {
  if (!at_end_ || !is_torn_magic(input())) return false;
  begin_ = end_;
  return cut_short_ = true;
}

Result<std::size_t> ByteSource::decode(char* to, std::size_t size) {
  std::span<char> output(to, size);
  while (output.size() == size) {
    if (between_) {
      const auto more = PROCTREE_TRY(begin_member());
      if (!more) return 0;
      between_ = false;
    }
    std::string_view rest = input();
    const std::size_t before = rest.size();
    auto ended = decoder_->decode(rest, output);
    begin_ = end_ - rest.size();
    if (!ended) {
      error_ = std::move(ended.error());
      error_->message = name_ + ": " + error_->message;
      if (output.size() == size) return tl::make_unexpected(*error_);
      break;
    }
    between_ = *ended;
    if (between_ || rest.size() != before || output.size() != size) continue;
    if (cut_short_ = at_end_; cut_short_) return 0;
    if (auto filled = fill(before + 1); !filled) return tl::make_unexpected(filled.error());
  }
  return size - output.size();
}

}  // namespace proctree
