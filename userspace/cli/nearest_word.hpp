// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// What a mistyped word may have meant.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace proctree {

// " (did you mean WORD?)" with the word of `known` that differs least, by one letter in three at most; else
// empty.
[[nodiscard]] std::string did_you_mean(std::string_view typed, std::span<const std::string> known);

}  // namespace proctree
