// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "spool/segment_lines.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "base/try.hpp"

namespace proctree {

namespace {

constexpr std::size_t kChunk = 256 * 1024;

}  // namespace

Result<SegmentLines> SegmentLines::open(const std::string& folder, const SegmentName& name) {
  SegmentLines lines;
  SegmentName file = name;
  if (!file.compressed) {
    lines.path_ = folder + '/' + file.file_name();
    lines.plain_ =
        FileDescriptor(::open(lines.path_.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
    if (lines.plain_.valid()) return lines;
    if (errno != ENOENT) return fail_errno("cannot open " + lines.path_, errno);
    file.compressed = true;
  }
  lines.path_ = folder + '/' + file.file_name();
  lines.compressed_ = PROCTREE_TRY(LineReader::open(lines.path_));
  return lines;
}

Result<std::optional<std::string_view>> SegmentLines::next() {
  if (!compressed_) return next_plain();
  const auto line = PROCTREE_TRY(compressed_->next());
  if (!line || !compressed_->ended()) return std::nullopt;
  return line;
}

Result<std::optional<std::string_view>> SegmentLines::next_plain() {
  while (true) {
    if (const void* found = std::memchr(buffer_.data() + scanned_, '\n', end_ - scanned_); found != nullptr) {
      const auto newline = static_cast<std::size_t>(static_cast<const char*>(found) - buffer_.data());
      const std::string_view line(buffer_.data() + begin_, newline - begin_);
      begin_ = scanned_ = newline + 1;
      return line;
    }
    scanned_ = end_;
    if (end_ - begin_ > LineReader::kLineMax)
      return fail(ErrorCode::corrupt, path_ + " holds an endless line");
    if (begin_ != 0) std::memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
    scanned_ -= begin_;
    end_ -= begin_;
    begin_ = 0;
    if (buffer_.size() - end_ < kChunk) buffer_.resize(std::max(2 * end_, end_ + kChunk));
    ssize_t got = 0;
    do {
      got = ::read(plain_.get(), buffer_.data() + end_, buffer_.size() - end_);
    } while (got < 0 && errno == EINTR);
    if (got < 0) return fail_errno("cannot read " + path_, errno);
    if (got == 0) return std::nullopt;
    end_ += static_cast<std::size_t>(got);
  }
}

}  // namespace proctree
