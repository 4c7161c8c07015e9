// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "history/line_blocks.hpp"

#include <zstd.h>

#include <algorithm>

#include "base/parse_text.hpp"
#include "base/try.hpp"

namespace proctree {

namespace {

constexpr int kBlockLevel = 1;
constexpr std::size_t kUnpackedMost = std::size_t{130} << 20;  // two of the longest lines

tl::unexpected<Error> bad_block(const char* why) {
  return fail(ErrorCode::corrupt, std::string("the store holds lines that cannot be read: ") + why,
              "fill a new one from the spool");
}

// The number of a line: that of its own `seq`, which stands ahead of whatever a process could write.
std::uint64_t seq_of(std::string_view line) {
  constexpr std::string_view kKey = "\"seq\":";
  const std::size_t at = line.find(kKey);
  if (at == std::string_view::npos) return 0;
  std::string_view rest = line.substr(at + kKey.size());
  return parse_number<std::uint64_t>(take_until(rest, ',')).value_or(0);
}

}  // namespace

void BlockCompressor::FreeContext::operator()(ZSTD_CCtx_s* context) const { ZSTD_freeCCtx(context); }

Result<std::string_view> BlockCompressor::compress(std::string_view plain) {
  if (!context_) context_.reset(ZSTD_createCCtx());
  if (!context_) return fail(ErrorCode::no_memory, "cannot compress lines: no memory");
  if (const std::size_t most = ZSTD_compressBound(plain.size()); room_.size() < most) room_.resize(most);
  const std::size_t size =
      ZSTD_compressCCtx(context_.get(), room_.data(), room_.size(), plain.data(), plain.size(), kBlockLevel);
  if (ZSTD_isError(size) != 0)
    return fail(ErrorCode::no_memory, std::string("cannot compress lines: ") + ZSTD_getErrorName(size));
  return std::string_view(room_.data(), size);
}

void LineBlock::add(std::uint64_t seq, std::int64_t realtime_ns, std::string_view text) {
  places_.push_back({seq, realtime_ns, text_.size(), text.size() + 1});
  text_.append(text) += '\n';
}

Result<PackedLines> LineBlock::pack(std::size_t from, BlockCompressor& compressor) const {
  std::vector<Place> places(places_.begin() + static_cast<std::ptrdiff_t>(from), places_.end());
  std::string_view plain = std::string_view(text_).substr(places.front().begin);
  std::string sorted;
  if (!std::ranges::is_sorted(places, {}, &Place::seq)) {
    std::ranges::sort(places, {}, &Place::seq);
    for (const Place& place : places) sorted.append(text_, place.begin, place.size);
    plain = sorted;
  }
  const auto [first, last] = std::ranges::minmax(places, {}, &Place::time_ns);
  const std::string_view bytes = PROCTREE_TRY(compressor.compress(plain));
  return PackedLines{places.front().seq, places.back().seq, first.time_ns, last.time_ns, std::string(bytes)};
}

Result<PackedLines> LineBlock::pack_new(BlockCompressor& compressor) {
  auto packed = pack(packed_lines_, compressor);
  packed_lines_ = places_.size();
  return packed;
}

Result<PackedLines> LineBlock::take(BlockCompressor& compressor) {
  auto packed = pack(0, compressor);
  text_.clear();
  places_.clear();
  packed_lines_ = 0;
  return packed;
}

Result<void> unpack_lines(std::string_view block, std::string& text, std::vector<NumberedLine>& lines) {
  const auto size = ZSTD_getFrameContentSize(block.data(), block.size());
  if (size == ZSTD_CONTENTSIZE_UNKNOWN || size == ZSTD_CONTENTSIZE_ERROR || size > kUnpackedMost)
    return bad_block("their size is not told");
  text.resize(size);
  const std::size_t got = ZSTD_decompress(text.data(), text.size(), block.data(), block.size());
  if (ZSTD_isError(got) != 0 || got != size) return bad_block("they are damaged");
  lines.clear();
  std::string_view rest = text;
  while (!rest.empty()) {
    const std::string_view line = take_until(rest, '\n');
    lines.push_back({seq_of(line), line});
  }
  return {};
}

}  // namespace proctree
