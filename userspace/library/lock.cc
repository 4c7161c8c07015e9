// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "library/lock.hpp"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <thread>

namespace proctree::detail {

namespace {

// In looks at the lock. Between two of them a thread pauses, first for some tens of nanoseconds and then for
// up to 32 times that: each look takes the cache line from the lock's holder.
constexpr std::uint64_t kLongestPause = 7;  // 2^7
constexpr std::uint64_t kPatience = 12;
constexpr std::uint64_t kSpins = 30;
constexpr std::uint64_t kYields = 20;
constexpr auto kNap = std::chrono::microseconds(50);
// How long waiters may take the lock first: in pauses while they spin, in naps while they sleep.
constexpr int kDeference = 50;
constexpr int kDeferenceToSleepers = 4;

void pause() {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  asm volatile("isb");
#endif
}

}  // namespace

void Lock::let_others_in() {
  for (int i = 0; i < kDeference && !held_.load(std::memory_order_relaxed); ++i) pause();
  for (int i = 0; i < kDeferenceToSleepers && sleeping_.load(std::memory_order_relaxed) != 0; ++i)
    std::this_thread::sleep_for(kNap);
}

void Lock::lock_slowly() {
  if (impatient_.load(std::memory_order_relaxed) != 0) let_others_in();
  std::uint64_t looks = 0;
  for (; !try_lock(); ++looks) {
    if (looks == kPatience) impatient_.fetch_add(1, std::memory_order_relaxed);
    if (looks < kSpins) {
      for (int i = 0; i < 1 << std::min(looks, kLongestPause); ++i) pause();
    } else if (looks < kSpins + kYields) {
      std::this_thread::yield();
    } else {
      if (looks == kSpins + kYields) sleeping_.fetch_add(1, std::memory_order_relaxed);
      std::this_thread::sleep_for(kNap);
    }
  }
  if (looks > kSpins + kYields) sleeping_.fetch_sub(1, std::memory_order_relaxed);
  if (looks > kPatience) impatient_.fetch_sub(1, std::memory_order_relaxed);
}

}  // namespace proctree::detail
