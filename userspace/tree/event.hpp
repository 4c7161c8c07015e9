// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// What sources report. Views are valid until the source is asked for the next event.
#pragma once

#include <cstdint>
#include <string_view>
#include <variant>

#include "proctree/facts.hpp"

namespace proctree {

struct ForkEvent {
  std::uint64_t ktime_ns = 0;
  TaskFacts child;
  ProcKey
      creator;  // of the process whose thread called fork or clone; start_ns 0: its pid is all that's known
  std::uint64_t creator_exec_seq = kUnknownSeq;
  std::string_view creator_comm;
  Edge edge = Edge::observed;  // what the source knows of `creator`
};

struct ExecEvent {
  std::uint64_t ktime_ns = 0;
  TaskFacts task;
  ImageFacts image;
};

struct ExitEvent : ExitFacts {
  std::uint64_t ktime_ns = 0;
  TaskFacts task;
};

struct FailedExecEvent : FailedExec {
  std::uint64_t ktime_ns = 0;
  TaskFacts task;  // who called
};

using LostEvent = Loss;

using Event = std::variant<ForkEvent, ExecEvent, ExitEvent, FailedExecEvent, LostEvent>;

// One process of a snapshot.
struct SnapshotTask {
  std::uint64_t ktime_ns = 0;
  TaskFacts task;
  ImageFacts image;
};

}  // namespace proctree
