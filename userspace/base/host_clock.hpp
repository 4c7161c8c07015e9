// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// The host's clocks. In a time namespace boot time and monotonic time are shown with an offset; what the
// kernel's events carry, and what ids are made of, is without.
#pragma once

#include <cstdint>
#include <ctime>
#include <string_view>

namespace proctree {

// CLOCK_BOOTTIME or CLOCK_MONOTONIC, in nanoseconds, as the initial time namespace shows it.
[[nodiscard]] std::uint64_t host_clock_ns(clockid_t clock);
[[nodiscard]] inline std::uint64_t boot_now_ns() { return host_clock_ns(CLOCK_BOOTTIME); }
// The time of day, in nanoseconds since 1970.
[[nodiscard]] std::int64_t realtime_now_ns();
// Looks up this process's time namespace. Done once by itself; to be called again where it may have changed
// (in a child of a process that has left it).
void look_at_time_namespace();

// The offset of a clock ("boottime", "monotonic") in /proc/PID/timens_offsets, in nanoseconds; 0 where the
// kernel has none.
[[nodiscard]] std::int64_t parse_clock_offset(std::string_view text, std::string_view clock);

}  // namespace proctree
