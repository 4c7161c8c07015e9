// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "base/host_clock.hpp"

#include <sys/stat.h>

#include <atomic>
#include <fstream>
#include <iterator>
#include <string>

#include "base/parse_text.hpp"

namespace proctree {

namespace {

std::atomic<std::int64_t> boot_offset{0};
std::atomic<std::int64_t> monotonic_offset{0};

// The file shows the namespace that children are born into, which is this process's own except right after
// unshare(2); nothing shows its own then.
bool children_share_it() {
  struct stat own {};
  struct stat of_children {};
  return ::stat("/proc/self/ns/time", &own) == 0 &&
         ::stat("/proc/self/ns/time_for_children", &of_children) == 0 && own.st_ino == of_children.st_ino;
}

}  // namespace

std::int64_t parse_clock_offset(std::string_view text, std::string_view clock) {
  while (!text.empty()) {
    Words words(take_until(text, '\n'));
    if (words.next() != clock) continue;
    std::int64_t seconds = 0;
    std::int64_t nanoseconds = 0;
    constexpr std::int64_t kLimit = 4'000'000'000;  // seconds; the kernel takes far fewer
    if (!words.next(seconds) || !words.next(nanoseconds)) return 0;
    if (seconds > kLimit || seconds < -kLimit || nanoseconds < 0 || nanoseconds >= 1'000'000'000) return 0;
    return seconds * 1'000'000'000 + nanoseconds;
  }
  return 0;
}

void look_at_time_namespace() {
  std::ifstream file("/proc/self/timens_offsets");
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  const bool shared = children_share_it();
  boot_offset = shared ? parse_clock_offset(text, "boottime") : 0;
  monotonic_offset = shared ? parse_clock_offset(text, "monotonic") : 0;
}

std::uint64_t host_clock_ns(clockid_t clock) {
  static const bool looked = (look_at_time_namespace(), true);
  static_cast<void>(looked);
  timespec now{};
  clock_gettime(clock, &now);
  const std::int64_t shown = static_cast<std::int64_t>(now.tv_sec) * 1'000'000'000 + now.tv_nsec;
  const auto& offset = clock == CLOCK_MONOTONIC ? monotonic_offset : boot_offset;
  return static_cast<std::uint64_t>(shown - offset.load(std::memory_order_relaxed));
}

std::int64_t realtime_now_ns() {
  timespec now{};
  clock_gettime(CLOCK_REALTIME, &now);
  return static_cast<std::int64_t>(now.tv_sec) * 1'000'000'000 + now.tv_nsec;
}

}  // namespace proctree
