// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// Signals as a descriptor, so that none interrupts a write.
#pragma once

#include <deque>
#include <initializer_list>
#include <optional>

#include "proctree/error.hpp"

namespace proctree {

class SignalFd {
 public:
  struct Signal {
    int number = 0;
    bool from_kernel = false;  // a terminal's key, an alarm: not by kill(2)
  };

  // These signals, for this whole process, from here on.
  static Result<SignalFd> open(std::initializer_list<int> signals);
  SignalFd(SignalFd&& other) noexcept;
  SignalFd& operator=(SignalFd&&) = delete;
  SignalFd(const SignalFd&) = delete;
  SignalFd& operator=(const SignalFd&) = delete;
  ~SignalFd();

  [[nodiscard]] int fd() const { return fd_; }
  // The next signal that has arrived.
  [[nodiscard]] std::optional<Signal> take();
  // One was read by stop_arrived(), and waits for take() though fd() isn't readable any more.
  [[nodiscard]] bool holds_any() const { return !arrived_.empty(); }
  // Whether SIGINT or SIGTERM has arrived at any time. take() returns it all the same.
  [[nodiscard]] bool stop_arrived();

 private:
  explicit SignalFd(int fd) : fd_(fd) {}
  void read();

  int fd_;
  std::deque<Signal> arrived_;
  bool stop_arrived_ = false;
};

}  // namespace proctree
