// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// How far an engine's start has come, between two of its slices.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "procfs/reader.hpp"
#include "source/source.hpp"
#include "tree/node.hpp"

namespace proctree {

struct Opening {
  std::size_t step = 0;                    // which of the steps is under way
  std::unique_ptr<Source::TaskPass> pass;  // of the processes that run
  std::uint64_t events_end = 0;            // up to where events belong to what ran already
  std::optional<ProcReader> reader;        // of the step that is under way
  std::optional<ProcList> list;
  std::vector<std::uint32_t> pids;
  Slot next = 0;  // of a walk over the table
};

}  // namespace proctree
