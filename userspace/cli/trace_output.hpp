// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// What a trace shows: lines in an output, or the screen of --watch.
#pragma once

#include <memory>
#include <optional>

#include "cli/caller.hpp"
#include "cli/service_manager.hpp"
#include "cli/signal_fd.hpp"
#include "cli/trace_loop.hpp"
#include "cli/trace_options.hpp"
#include "engine/engine.hpp"
#include "engine/record.hpp"
#include "proctree/error.hpp"

namespace proctree {

class TraceOutput {
 public:
  virtual ~TraceOutput() = default;
  TraceOutput(const TraceOutput&) = delete;
  TraceOutput& operator=(const TraceOutput&) = delete;

  // What it asks of the engine.
  [[nodiscard]] virtual EngineOptions engine_options(const WhoseProcesses& whose) const = 0;
  [[nodiscard]] virtual Sink& sink() = 0;
  // The engine has started, and nothing is written yet.
  virtual void on_started() = 0;
  // All that is reported at the start has been, on standard error too.
  virtual Result<void> begin(Engine& engine, LoopOptions& loop) = 0;
  // Returns whether to go on.
  virtual Result<bool> on_signal(const SignalFd::Signal& signal) = 0;
  // From now on only a spool gets records, since what is written beside it has failed; false: there is none.
  virtual bool leave_spool_alone() { return false; }
  // Ends the output in any case; returns `followed`, or this call's own failure.
  virtual Result<void> end(Result<void> followed) = 0;
  // Behind the totals, on standard error.
  virtual void print_summary() {}

 protected:
  TraceOutput() = default;
};

// `options` and the others outlive it. `account`: with whose rights the trace goes on; none: its own.
[[nodiscard]] Result<std::unique_ptr<TraceOutput>> open_lines(const TraceOptions& options,
                                                              const Caller& caller,
                                                              const std::optional<Account>& account,
                                                              SignalFd& signals, ServiceManager& manager);
[[nodiscard]] Result<std::unique_ptr<TraceOutput>> open_watch(const TraceOptions& options);

}  // namespace proctree
