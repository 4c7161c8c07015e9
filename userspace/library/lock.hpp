// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// A lock for sections of some tens of nanoseconds that are now and then some milliseconds long.
//
// Uncontended, it costs one atomic exchange. A waiter spins, and then sleeps a little at a time. A thread
// that comes back at once may overtake a waiter, so that two busy threads don't pass the lock between their
// cpus for each section; but only for some microseconds, then the waiter goes first, even if it sleeps. So no
// thread waits much longer than one section of another.
#pragma once

#include <atomic>

namespace proctree::detail {

class Lock {
 public:
  void lock() {
    if (impatient_.load(std::memory_order_relaxed) != 0 || !try_lock()) lock_slowly();
  }
  void unlock() { held_.store(false, std::memory_order_release); }

 private:
  bool try_lock() {
    return !held_.load(std::memory_order_relaxed) && !held_.exchange(true, std::memory_order_acquire);
  }
  void lock_slowly();
  void let_others_in();

  alignas(64) std::atomic<bool> held_ = false;
  std::atomic<int> impatient_ = 0;  // how many have waited long enough
  std::atomic<int> sleeping_ = 0;   // of these, now and then
};

}  // namespace proctree::detail
