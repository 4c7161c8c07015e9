// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// The loop of the commands that follow the host: reads, naps, sleeps, until a signal or a limit.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>

#include "engine/engine.hpp"
#include "proctree/error.hpp"
#include "source/source.hpp"

namespace proctree {

// SIGINT, SIGTERM, SIGHUP and SIGWINCH as a descriptor, so that none interrupts a write. From construction
// on.
class SignalFd {
 public:
  static Result<SignalFd> open();
  SignalFd(SignalFd&& other) noexcept;
  SignalFd& operator=(SignalFd&&) = delete;
  SignalFd(const SignalFd&) = delete;
  SignalFd& operator=(const SignalFd&) = delete;
  ~SignalFd();

  [[nodiscard]] int fd() const { return fd_; }
  // The next signal that has arrived, 0 for none.
  [[nodiscard]] int take();
  // Has SIGINT or SIGTERM arrived? take() will still answer it.
  [[nodiscard]] bool stop_arrived();

 private:
  explicit SignalFd(int fd) : fd_(fd) {}
  void read();

  int fd_;
  std::deque<int> arrived_;
};

struct LoopOptions {
  double duration_s = 0;                    // 0: until a signal
  std::function<Result<void>()> on_hangup;  // SIGHUP: the output is to be opened anew
  std::function<void()> on_resize;          // SIGWINCH; may be empty
  std::uint64_t heartbeat_ns = 0;           // how often on_heartbeat is called; 0: never
  std::function<void()> on_heartbeat;
};

// Runs a started engine until SIGINT, SIGTERM, the duration, or the engine is done.
Result<void> run_loop(Engine& engine, Source& source, Sink& sink, SignalFd& signals,
                      const LoopOptions& options);

}  // namespace proctree
