// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// Which characters the reader of text can show.
#pragma once

#include <cstdint>

namespace proctree {

enum class Charset : std::uint8_t { utf8, ascii };

// That of a locale as the three variables name it; null where one is not set. UTF-8 where none is set: a
// terminal or a pager of today, in a container or under cron.
[[nodiscard]] Charset charset_of_locale(const char* lc_all, const char* lc_ctype, const char* lang);

// The same for LC_ALL, LC_CTYPE and LANG. Not by setlocale(3), which a static program has no data for.
[[nodiscard]] Charset charset_of_environment();

}  // namespace proctree
