// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// The `lost` line about lines of a stream that a follower missed: it has no number of its own.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "sink/json_lines.hpp"

namespace proctree {

// Of the lines `from` to `to`, both included. `totals`: what they stood for, where that is known.
// `with_head`: with host and tracer, as JSON in `head`; of the stream's first line alone.
[[nodiscard]] std::string missing_line(const StreamHead& head, LineMoment moment, std::uint64_t from,
                                       std::uint64_t to, const std::optional<LineTotals>& totals,
                                       bool with_head);

}  // namespace proctree
