// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// The types of entries by their names in the audit stream and on the command line.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <optional>
#include <string_view>

#include "proctree/entry.hpp"

namespace proctree {

inline constexpr std::array<std::string_view, 13> kEntryTypeNames = {
    "unknown", "ssh",  "login",     "terminal", "cron",       "at",  "service",
    "socket",  "dbus", "container", "kernel",   "supervisor", "init"};

[[nodiscard]] constexpr std::string_view entry_type_name(EntryType type) {
  return kEntryTypeNames[static_cast<std::size_t>(type)];
}

[[nodiscard]] constexpr std::optional<EntryType> find_entry_type(std::string_view name) {
  const auto at = std::ranges::find(kEntryTypeNames, name);
  if (at == kEntryTypeNames.end()) return std::nullopt;
  return static_cast<EntryType>(at - kEntryTypeNames.begin());
}

}  // namespace proctree
