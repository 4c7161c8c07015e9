// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// The streams that a store has lines of: which, and the lines themselves as blocks.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/number_ranges.hpp"
#include "history/database.hpp"
#include "history/line_blocks.hpp"
#include "history/lost_ranges.hpp"
#include "proctree/error.hpp"

namespace proctree {

// Where a stream's lines were lost, in the table `loss`: on the way to the spool, or from it.
inline constexpr std::string_view kLostByTracer = "disk";
inline constexpr std::string_view kLostBySpool = "spool";

// A stream's name begins with its boot.
inline constexpr std::size_t kBootDigits = 16;

class Streams {
 public:
  // Beyond these a flush() forgets all streams, which are read again when a line comes.
  struct Most {
    std::size_t streams = 16'384;
    std::size_t gathered_bytes = std::size_t{64} << 20;
  };
  Streams() = default;
  explicit Streams(const Most& most) : most_(most) {}

  struct Stream {
    std::int64_t id = 0;
    std::int64_t boot = 0;
    bool has_snapshot = false;

   private:
    friend class Streams;
    NumberRanges ranges;         // of what is stored
    NumberRanges stored_ranges;  // as the table has them
    LostRanges lost;
    LostRanges::Map stored_lost;  // likewise
    LineBlock block;
    std::vector<std::int64_t> small_blocks;  // rows of what `block` still gathers
    std::int64_t first_ns = 0;
    std::int64_t last_ns = 0;
    bool is_changed = false;
    bool has_new_losses = false;
  };

  Result<void> prepare(const Database& database);

  // Made where there is none; valid until flush().
  Result<Stream*> at(std::string_view name);
  // Only of those that are remembered.
  [[nodiscard]] const Stream* find(std::string_view name) const;
  // False: a line of that number is stored already.
  Result<bool> add(Stream& stream, std::uint64_t seq, std::int64_t time_ns, std::string_view text);
  // Lines from `from` on were reported as missing. Those that come, or came, are taken out by flush().
  static void add_lost(Stream& stream, std::uint64_t from, LostRange range);
  // Another process has written the store; nothing has been added since flush().
  Result<void> reload();
  // Stores what has been added since the last time.
  Result<void> flush();
  // What is in memory of lines, for fuller blocks.
  [[nodiscard]] std::size_t gathered_bytes() const;

 private:
  Result<void> load_ranges(Stream& stream);
  Result<void> load_lost(Stream& stream);
  Result<std::int64_t> store_block(const Stream& stream, const PackedLines& packed);
  Result<void> store_full_block(Stream& stream);
  Result<void> store_small_block(Stream& stream);
  Result<void> store_lines(Stream& stream);
  Result<void> store_ranges(Stream& stream);
  Result<void> store_lost(Stream& stream);
  Result<void> forget();

  Most most_;
  const Database* database_ = nullptr;
  std::map<std::string, Stream, std::less<>> streams_;
  BlockCompressor compressor_;
  Statement add_boot_, find_boot_, add_stream_, find_stream_, find_ranges_, remove_range_, put_range_;
  Statement add_block_, remove_block_, set_stream_, find_lost_, remove_lost_, put_lost_;
};

}  // namespace proctree
