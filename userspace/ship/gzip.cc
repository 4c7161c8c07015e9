// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "ship/gzip.hpp"

#include <algorithm>
#include <limits>
#include <new>

namespace proctree {

namespace {

// Lines are similar: more cpu time gains a few per cent.
constexpr int kLevel = 1;
constexpr int kGzipHeader = 16;  // added to windowBits
constexpr int kMemoryLevel = 8;
constexpr std::size_t kRoom = std::size_t{64} << 10;

}  // namespace

Gzip::Gzip() : stream_(new z_stream{}) {
  if (::deflateInit2(stream_.get(), kLevel, Z_DEFLATED, MAX_WBITS + kGzipHeader, kMemoryLevel,
                     Z_DEFAULT_STRATEGY) != Z_OK)
    throw std::bad_alloc();
}

void Gzip::append(std::string_view piece) {
  constexpr std::size_t kMost = std::numeric_limits<uInt>::max();
  for (; !piece.empty(); piece.remove_prefix(std::min(piece.size(), kMost)))
    deflate(piece.substr(0, kMost), Z_NO_FLUSH);
}

std::string Gzip::finish() {
  deflate({}, Z_FINISH);
  std::string body(out_, 0, size_);
  size_ = 0;
  ::deflateReset(stream_.get());
  return body;
}

void Gzip::deflate(std::string_view piece, int flush) {
  // zlib reads it only.
  stream_->next_in = reinterpret_cast<Bytef*>(const_cast<char*>(piece.data()));
  stream_->avail_in = static_cast<uInt>(piece.size());
  do {
    if (out_.size() - size_ < kRoom) out_.resize(size_ + 2 * kRoom);
    const std::size_t room = std::min<std::size_t>(out_.size() - size_, std::numeric_limits<uInt>::max());
    stream_->next_out = reinterpret_cast<Bytef*>(out_.data() + size_);
    stream_->avail_out = static_cast<uInt>(room);
    ::deflate(stream_.get(), flush);
    size_ += room - stream_->avail_out;
  } while (stream_->avail_out == 0);
}

}  // namespace proctree
