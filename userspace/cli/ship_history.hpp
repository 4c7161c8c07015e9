// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// History stores beyond this host: filled and asked.
#pragma once

#include <memory>
#include <string>

#include "cli/commands.hpp"
#include "proctree/error.hpp"
#include "ship/ship_target.hpp"

namespace proctree {

[[nodiscard]] Result<std::unique_ptr<ShipTarget>> open_remote_store(const ShipOptions& options);

[[nodiscard]] Result<int> ask_remote_store(const HistoryOptions& options);
[[nodiscard]] Result<int> ask_remote_store(const WhyOptions& options);

}  // namespace proctree
