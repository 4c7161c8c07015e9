// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// Strings of processes are an attacker's: what of them may be shown as it is, and how the rest is written.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "base/charset.hpp"
#include "base/utf8.hpp"

namespace proctree {

// Appends "\xHH", lower-case hex, for each of the bytes.
void append_hex_escapes(std::string& out, std::string_view bytes);

// Appends `text` as a field of a chain: `|`, `;`, `\`, bytes of control characters and bytes that are
// not part of valid UTF-8 become \xHH, lower-case hex.
void append_chain_field(std::string& out, std::string_view text);

// Appends `text` for a person's eyes: as above, but `|` and `;` stay, and hidden code points are
// escaped too; so is all beyond ASCII where the charset is that.
void append_visible(std::string& out, std::string_view text, Charset charset = Charset::utf8);

// Appends `text` as one word that a POSIX shell would read back: as it is where every byte is plain, else
// in '…', else (a quote, a control character, bad UTF-8 or a hidden code point in it, or what the charset
// lacks) in bash's $'…'.
void append_shell_word(std::string& out, std::string_view text, Charset charset = Charset::utf8);

// The same for words that are each ended by NUL (the last one may lack it), with a space between two, where
// none of them needs quotes and all together have kBareWordsMost bytes at most: most command lines. Else
// returns false and appends nothing.
inline constexpr std::size_t kBareWordsMost = 512;
bool append_bare_words(std::string& out, std::string_view words);

}  // namespace proctree
