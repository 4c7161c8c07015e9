// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "history/line_blocks.hpp"

#include <zstd.h>

#include <algorithm>

#include "base/parse_text.hpp"
#include "base/try.hpp"

namespace proctree {

namespace {

constexpr int kBlockLevel = 3;
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

void LineBlock::add(std::uint64_t seq, std::int64_t realtime_ns, std::string_view text) {
  if (places_.empty()) {
    first_ns_ = last_ns_ = realtime_ns;
    seq_from_ = seq_to_ = seq;
  }
  first_ns_ = std::min(first_ns_, realtime_ns);
  last_ns_ = std::max(last_ns_, realtime_ns);
  seq_from_ = std::min(seq_from_, seq);
  seq_to_ = std::max(seq_to_, seq);
  places_.push_back({seq, text_.size(), text.size() + 1});
  text_.append(text) += '\n';
}

Result<std::string_view> LineBlock::take() {
  std::string_view plain = text_;
  if (!std::ranges::is_sorted(places_, {}, &Place::seq)) {
    std::ranges::sort(places_, {}, &Place::seq);
    sorted_.clear();
    for (const Place& place : places_) sorted_.append(text_, place.begin, place.size);
    plain = sorted_;
  }
  packed_.resize(ZSTD_compressBound(plain.size()));
  const std::size_t size =
      ZSTD_compress(packed_.data(), packed_.size(), plain.data(), plain.size(), kBlockLevel);
  if (ZSTD_isError(size) != 0)
    return fail(ErrorCode::no_memory, std::string("cannot compress lines: ") + ZSTD_getErrorName(size));
  text_.clear();
  places_.clear();
  return std::string_view(packed_).substr(0, size);
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
