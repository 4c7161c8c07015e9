// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// Whether a process is the one that a pattern names.
#pragma once

#include <string_view>

#include "base/pattern.hpp"
#include "proctree/facts.hpp"
#include "tree/script.hpp"

namespace proctree {

// By its command name. The kernel cuts names: so is one that is looked for, as far as it is no pattern.
[[nodiscard]] inline bool is_called(const Pattern& name, std::string_view comm) {
  return name.is_literal() ? as_comm(name.text()) == comm : name.matches(comm);
}

// By the last part of its executable's path, or of a script's. An unknown one matches nothing.
[[nodiscard]] inline bool is_named_after(const Pattern& name, std::string_view path) {
  return !path.empty() && name.matches(base_name(path));
}

// By its executable: the path, or the last part of it.
[[nodiscard]] inline bool is_at(const Pattern& place, std::string_view exe) {
  return is_named_after(place, exe) || (!exe.empty() && place.matches(exe));
}

}  // namespace proctree
