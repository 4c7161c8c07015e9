// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// Bytes that come in pieces, handed out by the line. A long line that comes in many is neither searched
// nor moved again for each.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace proctree {

class LineBuffer {
 public:
  // The next whole line, without its newline; nullopt where its end hasn't come yet. Valid until room().
  std::optional<std::string_view> next() {
    const void* found = std::memchr(buffer_.data() + scanned_, '\n', end_ - scanned_);
    if (found == nullptr) {
      scanned_ = end_;
      return std::nullopt;
    }
    const auto newline = static_cast<std::size_t>(static_cast<const char*>(found) - buffer_.data());
    const std::string_view line(buffer_.data() + begin_, newline - begin_);
    begin_ = scanned_ = newline + 1;
    return line;
  }

  // What has not been handed out. Valid until room().
  [[nodiscard]] std::string_view rest() const { return {buffer_.data() + begin_, end_ - begin_}; }
  // Drops its first bytes, at most all.
  void drop(std::size_t bytes) {
    begin_ += bytes;
    scanned_ = std::max(scanned_, begin_);
  }

  // Where further bytes are to be put, at least kChunk; then added() says how many were.
  std::span<char> room() {
    if (begin_ != 0) std::memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
    scanned_ -= begin_;
    end_ -= begin_;
    begin_ = 0;
    // Doubled: a pipe gives a long line a little at a time.
    if (buffer_.size() - end_ < kChunk) buffer_.resize(std::max(2 * end_, end_ + kChunk));
    return {buffer_.data() + end_, buffer_.size() - end_};
  }
  void added(std::size_t bytes) { end_ += bytes; }

 private:
  static constexpr std::size_t kChunk = 256 * 1024;  // stays in the cache of a cpu

  std::string buffer_;
  std::size_t begin_ = 0;    // of what has not been handed out
  std::size_t scanned_ = 0;  // up to here there is no newline
  std::size_t end_ = 0;
};

}  // namespace proctree
