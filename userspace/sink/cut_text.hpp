// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// Where a text of a JSON line can be cut, and how much of it fits. Pure functions.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace proctree {

// The least that a cut text keeps, in bytes with its quotes: less says nothing.
inline constexpr std::size_t kTextLeast = 48;

// Whether the character at `at` is unescaped: an even number of backslashes, or none, precedes it.
[[nodiscard]] bool is_unescaped(std::string_view text, std::size_t at);

// The last place up to `most` where an escaped text can be cut: in no escape, pair of escapes or sequence.
[[nodiscard]] std::size_t cut_place(std::string_view text, std::size_t most);

// The bytes that a JSON string's inside holds in base64, at most about `most` of them. In `memory`: valid
// until that changes.
[[nodiscard]] std::string_view decode_base64(std::string_view base64, std::size_t most, std::string& memory);

// How many of the bytes fit into `limit`, written as a JSON string's inside and in base64. Of a `list` each
// NUL is written as what is between two strings.
[[nodiscard]] std::size_t fitting(std::string_view bytes, bool list, std::size_t limit);

// The most that each may have so that all of these sizes have `left` together and the least stay whole.
// Sorts them.
[[nodiscard]] std::size_t share_of(std::vector<std::size_t>& sizes, std::size_t left);

}  // namespace proctree
