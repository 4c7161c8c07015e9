// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// The processes that run as far as the proc connector's messages and /proc have told. A message names
// pids alone; here a pid becomes a process.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <string_view>
#include <unordered_map>

#include "source/event.hpp"

namespace proctree {

struct KnownProcess {
  ProcKey key;
  ProcKey before;  // who held the pid before, its end not told yet; pid 0: nobody
  ProcKey parent;  // the kernel's, when it was last told
  std::uint32_t leader_status = 0;
  bool forked = false;        // its fork has been told
  bool leader_ended = false;  // the first thread has, others have not as far as is known
  bool missing = false;       // was not in /proc when that was last listed

  [[nodiscard]] std::string_view comm() const { return {comm_.data(), comm_size_}; }
  void set_comm(std::string_view name) {
    const std::string_view comm = as_comm(name);
    comm_size_ = static_cast<std::uint8_t>(comm.size());
    std::copy(comm.begin(), comm.end(), comm_.begin());
  }

 private:
  std::array<char, 15> comm_{};
  std::uint8_t comm_size_ = 0;
};

// By pid. Bounded by the pids that there are.
using KnownProcesses = std::unordered_map<std::uint32_t, KnownProcess>;

// When a process was born that /proc says started in this tick and whose fork was told at `told_ns`: the
// connector tells it some microseconds after the kernel took the start time.
[[nodiscard]] constexpr std::uint64_t start_from_fork(std::uint64_t tick_ns, std::uint64_t told_ns) {
  return std::min(told_ns, tick_ns + kTickNs - 1);
}

// Can a process that started at `start_ns` (of /proc, so at tick grain) be the one forked at `told_ns`?
[[nodiscard]] constexpr bool fits_fork(std::uint64_t start_ns, std::uint64_t told_ns) {
  return start_ns / kTickNs <= told_ns / kTickNs && told_ns / kTickNs - start_ns / kTickNs <= 1;
}

}  // namespace proctree
