// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// The kinds of files by their names in the audit stream.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <optional>
#include <string_view>

#include "proctree/facts.hpp"

namespace proctree {

inline constexpr std::array<std::string_view, 8> kFileKindNames = {"closed", "file", "pipe",  "socket",
                                                                   "tty",    "null", "memfd", "other"};

[[nodiscard]] constexpr std::string_view file_kind_name(FileKind kind) {
  return kFileKindNames[static_cast<std::size_t>(kind)];
}

[[nodiscard]] constexpr std::optional<FileKind> find_file_kind(std::string_view name) {
  const auto at = std::ranges::find(kFileKindNames, name);
  if (at == kFileKindNames.end()) return std::nullopt;
  return static_cast<FileKind>(at - kFileKindNames.begin());
}

}  // namespace proctree
