// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// How many columns of a terminal a text takes, and cutting it to fit.
//
// Texts are those append_visible or append_shell_word made, with colours (SGR sequences, ESC [ … m) put in
// by us: those take no column.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/charset.hpp"

namespace proctree {

[[nodiscard]] unsigned width_of(std::uint32_t code);
[[nodiscard]] std::size_t text_width(std::string_view text);

// Appends `text`, or as much of it as leaves room for `…` (`>` in ASCII) in `columns`. Never cuts inside a
// character or a colour, and ends a colour that it cut off. Returns the columns taken.
std::size_t append_fitting(std::string& out, std::string_view text, std::size_t columns,
                           Charset charset = Charset::utf8);

// `text` in lines of at most `columns`, each after the first indented by two; it is broken behind commas
// alone, so that what has none, a chain or a path, stays whole. 0 columns: one line.
[[nodiscard]] std::string wrapped_at_commas(std::string_view text, std::size_t columns);

}  // namespace proctree
