// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// What the user should know, on standard error.
#pragma once

#include <string>

namespace proctree {

// "proctree: TEXT", one line whatever stands in it: file names may hold anything.
void print_notice(const std::string& text);

}  // namespace proctree
