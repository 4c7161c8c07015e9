#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
# Prints width_tables.hpp from Python's own copy of the Unicode data: python3 width_tables.py > width_tables.hpp
import unicodedata


def is_zero(code):
    # Combining marks, and the Hangul vowels and finals that join the syllable before them.
    return unicodedata.category(chr(code)) in ("Mn", "Me") or 0x1160 <= code <= 0x11FF


def is_wide(code):
    char = chr(code)
    return unicodedata.category(char) != "Cn" and unicodedata.east_asian_width(char) in "WF" and not is_zero(code)


def ranges(matches):
    found = []
    for code in range(0xA0, 0x110000):
        if not matches(code):
            continue
        if found and found[-1][1] == code - 1:
            found[-1][1] = code
        else:
            found.append([code, code])
    return found


def print_table(name, comment, matches):
    table = ranges(matches)
    print(f"// {comment}")
    print(f"inline constexpr std::array<CodeRange, {len(table)}> {name} = {{{{")
    line = ""
    for first, last in table:
        entry = f" {{0x{first:04x}, 0x{last:04x}}},"
        if len(line) + len(entry) > 107:
            print("   " + line)
            line = ""
        line += entry
    print("   " + line)
    print("}};")
    print()


print(f"""// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// Columns that code points take on a terminal, from the Unicode {unicodedata.unidata_version} data. Made by width_tables.py.
#pragma once

#include <array>
#include <cstdint>

namespace proctree {{

struct CodeRange {{
  std::uint32_t first;
  std::uint32_t last;
}};

// clang-format off""")
print_table("kZeroWidth", "Drawn over the character before: categories Mn and Me.", is_zero)
print_table("kDoubleWidth", "East_Asian_Width W and F.", is_wide)
print("""// clang-format on

}  // namespace proctree""")
