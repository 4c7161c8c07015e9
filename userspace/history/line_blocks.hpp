// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// Lines of a stream as a store has them: many in one zstd frame, in the order of their numbers.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "proctree/error.hpp"

struct ZSTD_CCtx_s;

namespace proctree {

struct NumberedLine {
  std::uint64_t seq = 0;
  std::string_view text;
};

// Lines packed as one block.
struct PackedLines {
  std::uint64_t seq_from = 0;
  std::uint64_t seq_to = 0;
  std::int64_t first_ns = 0;
  std::int64_t last_ns = 0;
  std::string bytes;
};

// Compresses one block after the other: a context made for each would be a megabyte to fault in again.
class BlockCompressor {
 public:
  // Valid until the next call.
  [[nodiscard]] Result<std::string_view> compress(std::string_view plain);

 private:
  struct FreeContext {
    void operator()(ZSTD_CCtx_s* context) const;
  };
  std::unique_ptr<ZSTD_CCtx_s, FreeContext> context_;  // made when it is first needed
  std::vector<char> room_;
};

// Gathers lines until they fill a block. What is packed before that, since lines must not wait, is packed
// again with what follows: many small blocks become a full one.
class LineBlock {
 public:
  static constexpr std::size_t kFullSize = 512 << 10;

  void add(std::uint64_t seq, std::int64_t realtime_ns, std::string_view text);
  [[nodiscard]] std::size_t size() const { return text_.size(); }
  [[nodiscard]] bool is_full() const { return text_.size() >= kFullSize; }
  [[nodiscard]] bool has_new() const { return packed_lines_ < places_.size(); }
  // Those since the last time.
  [[nodiscard]] Result<PackedLines> pack_new(BlockCompressor& compressor);
  // All; leaves the block empty.
  [[nodiscard]] Result<PackedLines> take(BlockCompressor& compressor);

 private:
  struct Place {
    std::uint64_t seq;
    std::int64_t time_ns;
    std::size_t begin;
    std::size_t size;
  };
  [[nodiscard]] Result<PackedLines> pack(std::size_t from, BlockCompressor& compressor) const;

  std::string text_;
  std::vector<Place> places_;
  std::size_t packed_lines_ = 0;
};

// The lines of a block, in `text`. One that makes no sense is an error.
[[nodiscard]] Result<void> unpack_lines(std::string_view block, std::string& text,
                                        std::vector<NumberedLine>& lines);

}  // namespace proctree
