// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// Strings of processes are an attacker's: what of them may be shown as it is, and how the rest is written.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace proctree {

// The well-formed UTF-8 sequence that text[at] begins (Unicode 15, table 3-7): its bytes and its
// code point. length 0: none does.
struct Utf8Char {
  std::size_t length = 0;
  std::uint32_t code = 0;
};
[[nodiscard]] Utf8Char utf8_at(std::string_view text, std::size_t at);
[[nodiscard]] bool is_utf8(std::string_view text);

// Control characters, C1 (which some terminals obey) among them.
[[nodiscard]] constexpr bool is_control(std::uint32_t code) {
  return code < 0x20 || (code >= 0x7f && code < 0xa0);
}

// Code points that show nothing themselves and reorder, hide or join what stands around them:
// bidirectional controls, zero-width marks, line separators, variation selectors, tags.
[[nodiscard]] bool is_hidden(std::uint32_t code);

// Appends "\xHH", lower-case hex, for each of the bytes.
void append_hex_escapes(std::string& out, std::string_view bytes);

// Appends `text` as a field of a chain: `|`, `;`, `\`, bytes of control characters and bytes that are
// not part of valid UTF-8 become \xHH, lower-case hex.
void append_chain_field(std::string& out, std::string_view text);

// Appends `text` for a person's eyes: as above, but `|` and `;` stay, and hidden code points are
// escaped too.
void append_visible(std::string& out, std::string_view text);

// Appends `text` as one word that a POSIX shell would read back: as it is where every byte is plain, else
// in '…', else (a quote, a control character, bad UTF-8 or a hidden code point in it) in bash's $'…'.
void append_shell_word(std::string& out, std::string_view text);

}  // namespace proctree
