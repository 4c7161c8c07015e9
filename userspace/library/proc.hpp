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
// std::nullopt for a pid without a process, and for a thread. `hidden`, if given: it is there, but we may not
// read it.
std::optional<ProcEntry> read_entry(ProcReader& reader, std::uint32_t pid, bool* hidden = nullptr);

// The uid's name, or the number.
std::string user_name(std::uint32_t uid);

}  // namespace proctree::detail
