// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// The lines of a store, out of their blocks.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "history/line_blocks.hpp"
#include "history/sqlite.hpp"
#include "proctree/error.hpp"

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
  // A stream's of the span, in the order of their numbers.
  Result<void> each(std::int64_t stream, const TimeSpan& span,
                    const std::function<Result<void>(std::string_view)>& take);

 private:
  Statement holding_, of_span_;
  std::int64_t block_id_ = 0;  // which is unpacked:
  std::string block_text_;
  std::vector<NumberedLine> block_lines_;
};

}  // namespace proctree
