// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// Lengths of time as people write them.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace proctree {

// Nanoseconds of `90` (seconds), `1.5`, `500ms`, `10m`, `2h`, `7d`, or of several with units, the largest
// first: `1h30m`. std::nullopt: it is no length of time, or one of more than 292 years.
[[nodiscard]] std::optional<std::uint64_t> parse_duration(std::string_view text);

}  // namespace proctree
