// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// A lock for sections of some tens of nanoseconds: spins for about as long, and then lets others run.
#pragma once

#include <atomic>
#include <thread>

namespace proctree {

class SpinLock {
 public:
  void lock() {
    for (int spins = 0; held_.exchange(true, std::memory_order_acquire);) {
      while (held_.load(std::memory_order_relaxed)) {
        if (++spins < kSpins) {
          pause();
        } else {
          std::this_thread::yield();
        }
      }
    }
  }
  void unlock() { held_.store(false, std::memory_order_release); }

 private:
  static constexpr int kSpins = 200;
  static void pause() {
#if defined(__x86_64__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    asm volatile("yield");
#endif
  }
  alignas(64) std::atomic<bool> held_ = false;
};

}  // namespace proctree
