// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// The lines of a store, out of their blocks.
#pragma once

#include <cstdint>
#include <functional>
#include <list>
#include <string>
#include <string_view>
#include <vector>

#include "history/database.hpp"
#include "history/line_blocks.hpp"
#include "proctree/error.hpp"
#include "sink/json_lines.hpp"
#include "spool/line_head.hpp"

namespace proctree {

// In nanoseconds since 1970.
struct TimeSpan {
  std::int64_t since_ns = 0;
  std::int64_t until_ns = INT64_MAX;
};

class StoredLines {
 public:
  Result<void> prepare(const Database& database);

  // The line with that number; empty: it isn't there. Valid until the next call.
  Result<std::string_view> at(std::int64_t stream, std::int64_t seq);
  // A stream's of the span, in the order of their numbers; followers' reports of lines that are missing are
  // among them.
  Result<void> each(std::int64_t stream, const StreamHead& head, const TimeSpan& span,
                    const std::function<Result<void>(std::string_view)>& take);

 private:
  static constexpr std::size_t kBlocksMost = 16;  // that are remembered
  struct BlockKey {
    std::int64_t id;
    std::int64_t first_ns;
  };
  struct Block {
    std::int64_t id = 0;
    std::string text;
    std::vector<NumberedLine> lines;
  };
  Result<std::string_view> find(Statement& blocks, std::uint64_t seq);
  Result<const Block*> unpacked(const BlockKey& key);

  Statement holding_, block_, of_span_;
  LineHeadParser heads_;
  LineHead head_;
  std::list<Block> blocks_;  // the one that was asked for last first
};

}  // namespace proctree
