// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// The loop of the commands that follow the host: reads, naps, sleeps, until a signal or a limit.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "cli/signal_fd.hpp"
#include "engine/engine.hpp"
#include "engine/pacer.hpp"
#include "proctree/error.hpp"
#include "source/source.hpp"

namespace proctree {

// A task beside following: called after each look at the source, with the boot time, to do what is due.
struct ChoreDone {
  static constexpr std::uint64_t kNever = ~std::uint64_t{0};
  std::uint64_t due_ns = kNever;  // when to call it again though nothing happens
  bool ends = false;              // the loop is to end
};
using LoopTask = std::function<Result<ChoreDone>(std::uint64_t now_ns)>;

struct LoopOptions {
  double duration_s = 0;  // 0: no limit
  std::uint64_t longest_nap_ns = Pacer::kLongestNapNs;
  // Returns whether to go on.
  std::function<Result<bool>(const SignalFd::Signal&)> on_signal;
  std::function<bool()> is_over;  // called whenever events were read or a signal came; may be empty
  std::vector<LoopTask> chores;
  std::function<int()>
      waker;       // a descriptor that, readable, has something for a chore; -1: none. May be empty
  int input = -1;  // a descriptor from which a chore reads; that it is closed ends the loop. -1: none
};

// Runs a started engine until a signal, the duration, or is_over() ends it, or the engine is done.
Result<void> run_loop(Engine& engine, Source& source, Sink& sink, SignalFd& signals,
                      const LoopOptions& options);

}  // namespace proctree
