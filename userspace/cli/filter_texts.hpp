// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// Filters in messages: as they were given, and why a name may never match.
#pragma once

#include <string>

#include "cli/filter_options.hpp"

namespace proctree {

// "--comm make --user www", as far as a line has room.
[[nodiscard]] std::string filter_text(const FilterOptions& options);

// Of the first name that no command has, "; " and what to give instead; else empty.
[[nodiscard]] std::string name_hint(const FilterOptions& options);

}  // namespace proctree
