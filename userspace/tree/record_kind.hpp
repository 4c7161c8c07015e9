// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// The kinds of records by name. The enumeration is the library's (proctree/record.hpp); C's and the JSON
// lines' types are the same.
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <string_view>

#include "proctree/record.hpp"

namespace proctree {

// At its kind's number: `type` of a line.
inline constexpr std::array<std::string_view, 11> kRecordKindNames = {
    "start",  "process", "fork",        "exec",     "exit",     "lost",
    "resync", "stop",    "exec_failed", "resynced", "forgotten"};
static_assert(kRecordKindNames.size() == static_cast<std::size_t>(RecordKind::forgotten) + 1);
// The others are the library's alone.
inline constexpr std::size_t kLineTypes = static_cast<std::size_t>(RecordKind::failed_exec) + 1;

[[nodiscard]] constexpr std::string_view kind_name(RecordKind kind) {
  return kRecordKindNames[static_cast<std::size_t>(kind)];
}

[[nodiscard]] constexpr std::optional<RecordKind> find_record_kind(std::string_view name) {
  for (std::size_t i = 0; i < kLineTypes; ++i) {
    if (kRecordKindNames[i] == name) return static_cast<RecordKind>(i);
  }
  return std::nullopt;
}

// What happened to one process, or that it runs.
[[nodiscard]] constexpr bool is_of_process(RecordKind kind) {
  return kind == RecordKind::process || kind == RecordKind::fork || kind == RecordKind::exec ||
         kind == RecordKind::exit || kind == RecordKind::failed_exec;
}

}  // namespace proctree
