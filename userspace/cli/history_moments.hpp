// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// Times in questions about the past: RFC 3339, local time with a date, a time of day (its last occurrence
// before now), or a time before now. What a fraction leaves open (09:30:05.123) is included, except for
// --since.
#pragma once

#include <cstdint>
#include <string>

#include "proctree/error.hpp"

namespace proctree {

// `ends`: a time of day stands for the end of its minute or second. Of an hour that comes twice the earlier.
[[nodiscard]] Result<std::int64_t> moment_before(std::int64_t now_ns, const std::string& option,
                                                 const std::string& text, bool ends);

}  // namespace proctree
