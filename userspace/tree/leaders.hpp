// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// The processes that lead a process's session and group.
//
// The kernel frees no number that a session or a group still has. So the last process with the number is its
// leader, dead or alive, unless one with that number was missed.
#pragma once

#include <cstdint>

#include "proctree/lineage.hpp"
#include "tree/event.hpp"
#include "tree/table.hpp"

namespace proctree {

// The leader of the session or group `id` that the process in `slot` is in. Not known (pid 0) where no event
// reported that it led before it ended, and, for others than itself, as long as events are lost.
[[nodiscard]] Leader leader_of(const ProcessTable& table, Slot slot, std::uint32_t id, Led led,
                               const LossScope& lost);

}  // namespace proctree
