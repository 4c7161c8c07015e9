// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// A file system may block its callers indefinitely: while one of these lives, this process is killed after
// some seconds. (The default action of SIGALRM is to kill, and a fatal signal ends a wait for a file system,
// too.)
#pragma once

#include <sys/time.h>

namespace proctree {

class Watchdog {
 public:
  static constexpr int kSeconds = 5;

  Watchdog() { set(kSeconds); }
  ~Watchdog() { set(0); }
  Watchdog(const Watchdog&) = delete;
  Watchdog& operator=(const Watchdog&) = delete;

 private:
  static void set(int seconds) {
    const itimerval timer{{}, {seconds, 0}};
    ::setitimer(ITIMER_REAL, &timer, nullptr);
  }
};

}  // namespace proctree
