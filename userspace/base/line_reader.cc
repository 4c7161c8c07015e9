// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "base/line_reader.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

#include "base/try.hpp"

namespace proctree {

namespace {

constexpr std::size_t kChunk = 256 * 1024;  // stays in the cache of a cpu

}  // namespace

Result<LineReader> LineReader::open(std::string path, std::size_t line_max) {
  auto source = ByteSource::open(std::move(path));
  if (!source) return tl::make_unexpected(std::move(source.error()));
  return LineReader(std::move(*source), line_max);
}

Result<std::optional<std::string_view>> LineReader::next() {
  skipped_nuls_ = false;
  while (true) {
    if (scanned_ == begin_) skip_nuls();
    const char* from = buffer_.data() + scanned_;
    if (const void* found = std::memchr(from, '\n', end_ - scanned_); found != nullptr) {
      const auto newline = static_cast<std::size_t>(static_cast<const char*>(found) - buffer_.data());
      const std::string_view line(buffer_.data() + begin_, newline - begin_);
      if (line.size() > line_max_) return too_long();
      begin_ = scanned_ = newline + 1;
      ++number_;
      return line;
    }
    scanned_ = end_;
    if (end_ - begin_ > line_max_) return too_long();
    const auto more = PROCTREE_TRY(read_more());
    if (more) continue;
    ended_ = begin_ == end_ && !skipped_nuls_ && ended_;
    if (begin_ == end_) return std::nullopt;
    ++number_;
    const std::size_t begin = std::exchange(begin_, end_);
    return std::string_view(buffer_.data() + begin, end_ - begin);
  }
}

void LineReader::skip_nuls() {
  const std::size_t before = begin_;
  while (begin_ != end_ && buffer_[begin_] == '\0') ++begin_;
  skipped_nuls_ |= begin_ != before;
  scanned_ = begin_;
}

// False at the file's end.
Result<bool> LineReader::read_more() {
  if (before_waiting_ && source_.would_wait()) {
    if (auto done = before_waiting_(); !done) return tl::make_unexpected(std::move(done.error()));
  }
  // Not a long line by itself, over and over: a pipe gives little at a time.
  if (begin_ != 0) std::memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
  scanned_ -= begin_;
  end_ -= begin_;
  begin_ = 0;
  if (buffer_.size() - end_ < kChunk) buffer_.resize(std::max(2 * end_, end_ + kChunk));
  const auto got = PROCTREE_TRY(source_.read(buffer_.data() + end_, buffer_.size() - end_));
  end_ += got;
  return got != 0;
}

tl::unexpected<Error> LineReader::too_long() const {
  return fail(ErrorCode::corrupt,
              name() + " line " + std::to_string(number_ + 1) + ": longer than " +
                  std::to_string(line_max_ >> 20) + " MiB",
              "no proctree wrote it; is this a JSON lines file?");
}

}  // namespace proctree
