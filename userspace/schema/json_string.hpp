// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// What a JSON string stands for, where it is wanted as text instead of as JSON.
#pragma once

#include <string>
#include <string_view>

namespace proctree::schema {

// `inside`: without its quotes. Valid UTF-8, whatever that holds: a bad byte, and half of a surrogate pair,
// becomes U+FFFD; an escape that JSON doesn't have stands as it is. A view of `inside` where nothing is
// escaped, else of `memory`.
[[nodiscard]] std::string_view unescaped(std::string_view inside, std::string& memory);

}  // namespace proctree::schema
