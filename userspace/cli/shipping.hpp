// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// The loop of `ship`, of proctree and of proctree-ship: lines from a source to a target, and the cursor past
// those that the target has acknowledged.
#pragma once

#include <functional>
#include <memory>

#include "cli/commands.hpp"
#include "proctree/error.hpp"
#include "ship/ship_source.hpp"
#include "ship/ship_target.hpp"

namespace proctree {

// How a program opens the ends that it knows. `stop` ends what waits.
struct ShipEnds {
  std::function<Result<std::unique_ptr<ShipSource>>(const ShipOptions& options, StreamPositions from)> source;
  std::function<Result<std::unique_ptr<ShipTarget>>(const ShipOptions& options, StopRequest stop)> target;
};

// The whole command.
[[nodiscard]] Result<int> run_shipping(const ShipOptions& options, const ShipEnds& ends);

}  // namespace proctree
