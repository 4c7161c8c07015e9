// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// A store as a place that lines are shipped to.
#pragma once

#include <memory>
#include <string>

#include "proctree/error.hpp"
#include "ship/ship_target.hpp"

namespace proctree {

// `keep`: an age, a size, or both, as parse_history_bounds() reads them; empty: everything is retained.
[[nodiscard]] Result<std::unique_ptr<ShipTarget>> open_history_target(const std::string& path,
                                                                      const std::string& keep);

}  // namespace proctree
