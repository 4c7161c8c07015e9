// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// The running processes, as far as the proc connector's messages and /proc have shown. A message has only
// pids; here a pid becomes a process.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "tree/event.hpp"

namespace proctree {

struct KnownProcess {
  ProcKey key;
  ProcKey before;  // the process that had the pid before, its end not reported yet; pid 0: none
  ProcKey parent;  // the kernel's, as last reported
  std::uint32_t leader_status = 0;
  // Threads beside the first, by their ids; of a process whose fork was reported, so that none is missing.
  std::vector<std::uint32_t> threads;
  bool forked = false;        // its fork was reported
  bool counted = false;       // `threads` are all there are
  bool leader_ended = false;  // the first thread has, others have not as far as is known
  bool missing = false;       // was not in /proc when that was last listed

  // A thread that ends the whole process may be reported just before the first thread, which was ending by
  // itself, with 0, at that time.
  void note_thread_end(std::uint32_t status, std::uint64_t monotonic_ns) {
    thread_status_ = status;
    thread_ended_ns_ = monotonic_ns;
  }
  [[nodiscard]] std::uint32_t thread_status_near(std::uint64_t monotonic_ns) const {
    constexpr std::uint64_t kNearNs = 10'000'000;
    const bool near = monotonic_ns < thread_ended_ns_ || monotonic_ns - thread_ended_ns_ < kNearNs;
    return near ? thread_status_ : 0;
  }

  [[nodiscard]] std::string_view comm() const { return {comm_.data(), comm_size_}; }
  void set_comm(std::string_view name) {
    const std::string_view comm = as_comm(name);
    comm_size_ = static_cast<std::uint8_t>(comm.size());
    std::copy(comm.begin(), comm.end(), comm_.begin());
  }

 private:
  std::uint64_t thread_ended_ns_ = 0;
  std::uint32_t thread_status_ = 0;
  std::array<char, 15> comm_{};
  std::uint8_t comm_size_ = 0;
};

// By pid. Bounded by the pids that there are.
using KnownProcesses = std::unordered_map<std::uint32_t, KnownProcess>;

// The birth of a process that by /proc started in this tick and whose fork was reported at `reported_ns`: the
// connector reports some microseconds after the kernel took the start time.
[[nodiscard]] constexpr std::uint64_t start_from_fork(std::uint64_t tick_ns, std::uint64_t reported_ns) {
  return std::min(reported_ns, tick_ns + kTickNs - 1);
}

// Whether a process that started at `start_ns` (from /proc, so at tick grain) can be the one forked at
// `reported_ns`.
[[nodiscard]] constexpr bool fits_fork(std::uint64_t start_ns, std::uint64_t reported_ns) {
  return start_ns / kTickNs <= reported_ns / kTickNs && reported_ns / kTickNs - start_ns / kTickNs <= 1;
}

}  // namespace proctree
