// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// What an earlier trace left in the same place.
#pragma once

#include <cstdint>
#include <string>

namespace proctree {

// The last whole line of it: `start` names it, and a `lost` line reports the time between.
struct EarlierStream {
  std::string stream;
  std::string time;
  std::uint64_t seq = 0;
  std::uint64_t ktime_ns = 0;
  bool held_lines = false;  // it was folded and has no `stop`: its last minute may be incomplete
};

}  // namespace proctree
