// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// The loop of the commands that follow the host: reads, naps, sleeps, until a signal or a limit.
#pragma once

#include <cstdint>
#include <functional>

#include "cli/signal_fd.hpp"
#include "engine/engine.hpp"
#include "proctree/error.hpp"
#include "source/source.hpp"

namespace proctree {

struct LoopOptions {
  double duration_s = 0;  // 0: no limit
  // Answers whether to go on.
  std::function<Result<bool>(const SignalFd::Signal&)> on_signal;
  std::function<bool()> is_over;   // asked whenever events were read or a signal came; may be empty
  std::uint64_t heartbeat_ns = 0;  // how often on_heartbeat is called; 0: never
  std::function<void()> on_heartbeat;
};

// Runs a started engine until a signal, the duration, or is_over() ends it, or the engine is done.
Result<void> run_loop(Engine& engine, Source& source, Sink& sink, SignalFd& signals,
                      const LoopOptions& options);

}  // namespace proctree
