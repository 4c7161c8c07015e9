// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// OCSF's common process identifier: a name for a process that any tool on the host computes alike.
#pragma once

#include <array>
#include <cstdint>

#include "schema/stream_origins.hpp"

namespace proctree::schema {

struct CpidFacts {
  BootId boot{};
  std::uint64_t pid_namespace = 0;  // inode number
  std::uint64_t start_ticks = 0;    // since boot
  std::uint64_t ns_pid = 0;         // in the innermost namespace that it is in

  bool operator==(const CpidFacts&) const = default;
};
using Cpid = std::array<char, 36>;
// A UUID of version 8. In a namespace of few pids two processes of one clock tick may share it.
[[nodiscard]] Cpid cpid_of(const CpidFacts& facts);

}  // namespace proctree::schema
