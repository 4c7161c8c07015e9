// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "engine/clock.hpp"

#include <ctime>

namespace proctree {

namespace {

std::int64_t read_clock(clockid_t clock) {
  timespec now{};
  clock_gettime(clock, &now);
  return static_cast<std::int64_t>(now.tv_sec) * 1'000'000'000 + now.tv_nsec;
}

}  // namespace

std::uint64_t boot_now_ns() { return static_cast<std::uint64_t>(read_clock(CLOCK_BOOTTIME)); }

void BootClock::adjust() {
  const std::int64_t before = read_clock(CLOCK_BOOTTIME);
  const std::int64_t realtime = read_clock(CLOCK_REALTIME);
  const std::int64_t after = read_clock(CLOCK_BOOTTIME);
  offset_ns_ = realtime - (before + (after - before) / 2);
}

}  // namespace proctree
