// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// A process table filled from /proc.
#pragma once

#include <cstdint>

#include "procfs/reader.hpp"
#include "procfs/snapshot_batch.hpp"
#include "proctree/error.hpp"
#include "tree/table.hpp"

namespace proctree {

// Fills `table`, which must be empty, with the processes that `reader` shows. Lineage is the kernel's
// parents (Edge::snapshot); pid 1 and kthreadd are roots. Zombies are there as exited. A parent of
// which nothing may be seen is there by its pid alone, without an image. `parts`: what to read of each
// process beyond its stat (the table holds comm, the real uid and the executable). `threads`: at most that
// many read, this one among them.
Result<SnapshotCounts> snapshot_proc(ProcReader& reader, ProcParts parts, ProcessTable& table,
                                     unsigned threads = 1);

// The same for one process and its ancestors only. ErrorCode::not_found where it is gone.
Result<SnapshotCounts> snapshot_lineage(ProcReader& reader, std::uint32_t pid, ProcParts parts,
                                        ProcessTable& table);

}  // namespace proctree
