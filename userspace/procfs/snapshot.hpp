// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// A process table filled from /proc.
#pragma once

#include <cstddef>
#include <cstdint>

#include "procfs/reader.hpp"
#include "proctree/error.hpp"
#include "tree/table.hpp"

namespace proctree {

struct SnapshotCounts {
  std::size_t processes = 0;
  std::size_t vanished = 0;    // ended while we looked
  std::size_t unreadable = 0;  // hidden from us, or nothing that the kernel writes
};

// Fills `table`, which must be empty, with the processes that `reader` shows. Lineage is the kernel's
// parents (Edge::snapshot); pid 1 and kthreadd are roots. Zombies are there as exited. A parent of
// which nothing may be seen is there by its pid alone, without an image. `parts`: what to read of each
// process beyond its stat (the table holds comm, the real uid and the executable).
Result<SnapshotCounts> snapshot_proc(ProcReader& reader, ProcParts parts, ProcessTable& table);

// The same for one process and its ancestors only. ErrorCode::not_found where it is gone.
Result<SnapshotCounts> snapshot_lineage(ProcReader& reader, std::uint32_t pid, ProcParts parts,
                                        ProcessTable& table);

}  // namespace proctree
