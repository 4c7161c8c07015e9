// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// The loop of `ship`, of proctree and of proctree-ship: lines from a source to a target, and the cursor past
// those that the target has acknowledged.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "cli/commands.hpp"
#include "cli/metrics_listener.hpp"
#include "cli/signal_fd.hpp"
#include "proctree/error.hpp"
#include "ship/cursor.hpp"
#include "ship/ship_source.hpp"
#include "ship/ship_target.hpp"

namespace proctree {

// How a program opens the ends that it knows. `stop` ends what waits.
struct ShipEnds {
  std::function<Result<std::unique_ptr<ShipSource>>(const ShipOptions& options, StreamPositions from)> source;
  std::function<Result<std::unique_ptr<ShipTarget>>(const ShipOptions& options, StopRequest stop)> target;
};

class Shipping {
 public:
  // `target`: where it is open already; null: what the options name.
  static Result<Shipping> open(const ShipOptions& options, const ShipEnds& ends, SignalFd& signals,
                               std::unique_ptr<ShipTarget> target);
  Result<void> run();

 private:
  Shipping(const ShipOptions& options, SignalFd& signals) : options_(options), signals_(signals) {}
  Result<void> follow();
  Result<bool> put(const SpoolItem& item);
  Result<void> wait_for_acknowledgements();
  Result<void> acknowledge();
  Result<bool> take_signals();
  void wait(int source_fd, int timeout_ms);
  void serve_metrics();
  // The source hands out no more than it may have unacknowledged.
  [[nodiscard]] bool has_room() const { return put_.lines - done_.lines < source_->window(); }
  [[nodiscard]] bool is_behind() const { return done_.lines != put_.lines; }
  [[nodiscard]] std::string metrics() const;

  const ShipOptions& options_;
  SignalFd& signals_;
  std::optional<Cursor> cursor_;
  std::unique_ptr<ShipSource> source_;
  std::unique_ptr<ShipTarget> target_;
  ShipProgress put_;
  ShipProgress done_;
  std::optional<MetricsListener> listener_;
  std::uint64_t saved_ = 0;  // of done_.lines
  std::uint64_t bytes_ = 0;
  std::uint64_t latest_ns_ = 0;  // boot time, of the last line
  std::int64_t latest_realtime_ns_ = 0;
  std::uint64_t due_ns_ = 0;
  bool is_stopped_ = false;
  bool has_failed_ = false;  // an acknowledgement: the target may lack what it once took
};

// The whole command.
[[nodiscard]] Result<int> run_shipping(const ShipOptions& options, const ShipEnds& ends);

}  // namespace proctree
