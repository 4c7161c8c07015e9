// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// What the process table retains of ended processes, and what it evicts first.
//
//  - An ancestor of a living process is never removed (tree/node_links.hpp).
//  - Other ended processes are history: removed ten minutes after their end, and the oldest of more than
//    65,536.
//  - A process that forks and exits, again and again, leaves a run of single-child ancestors (tree/runs.hpp).
//    Past 1,024 of them, or 32 once all runs together have 65,536, the middle of the run is compacted into
//    one node, which counts how many it stands for.
//  - Past a budget in bytes (`bytes_max`) more is evicted, in steps, each only if those before it were not
//    enough: history; all runs compacted; details (the executables of what has ended, and the images that
//    processes were forked from); all ended ancestors, so that lineages end early; and last, living processes
//    without children (then those that had no others), which come back with their next event. Each step
//    frees an eighth more than is due, so that the next is far off.
//
// So memory is bounded by the living processes and these numbers.
#pragma once

#include <cstddef>
#include <cstdint>

namespace proctree {

struct Retention {
  std::size_t exited_max = 65536;      // ended processes that no living one descends from
  std::uint64_t ttl_s = 600;           // and how long they stay; 0: indefinitely
  std::uint32_t run_max = 1024;        // length of a run of single-child ancestors; 0: never compacted
  std::size_t runs_total_max = 65536;  // members of all runs; with more, short runs are compacted too
  std::size_t bytes_max = 0;           // about what the table may take in memory; 0: unlimited
  bool keeps_invocations = false;      // of ended processes as long as they are remembered
  // The table's owner sets the evidence of each process (set_evidence), gives living ones an age too (touch),
  // and evicts by age and number. The rules by age, number and bytes are off then.
  bool externally_managed = false;
};

// How many processes were affected by each step of Retention::bytes_max.
struct EvictionCounts {
  std::uint64_t history = 0;
  std::uint64_t folded = 0;
  std::uint64_t details = 0;
  std::uint64_t ancestors = 0;
  std::uint64_t living = 0;
};

}  // namespace proctree
