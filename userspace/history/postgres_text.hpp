// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// Texts of processes, which are any bytes, in PostgreSQL, which takes UTF-8 without NUL: any other byte
// becomes the code point U+10FF00 + BYTE, of a private use area, and comes back from it.
#pragma once

#include <string>
#include <string_view>

namespace proctree {

// `out` is replaced.
void encode_postgres_text(std::string_view bytes, std::string& out);
// The bytes of what encode_postgres_text() made: of `text` itself or, where they differ, of `room`.
[[nodiscard]] std::string_view decode_postgres_text(std::string_view text, std::string& room);

}  // namespace proctree
