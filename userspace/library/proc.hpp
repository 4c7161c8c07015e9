// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// /proc as the library's operations read it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "procfs/reader.hpp"
#include "proctree/proctree.hpp"

namespace proctree::detail {

// What stands for the name of a process or a user that isn't known.
inline constexpr const char* kUnknown = "unknown";

// This thread's reader for `root`, opened once; nullptr where the root can't be read.
ProcReader* proc_reader(const std::string& root);

struct ProcEntry {
  PidNode node;
  ProcInfo info;
  bool dead = false;  // a zombie
};
// Nothing for a pid that nobody holds, and for a thread. `hidden`, if given: it is there, and we may not
// look at it.
std::optional<ProcEntry> read_entry(ProcReader& reader, std::uint32_t pid, bool* hidden = nullptr);

// The uid's name, or the number.
std::string user_name(std::uint32_t uid);

}  // namespace proctree::detail
