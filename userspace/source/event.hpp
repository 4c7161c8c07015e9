// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// What sources report. Views are valid until the source is asked for the next event.
#pragma once

#include <cstdint>
#include <string_view>
#include <variant>

#include "tree/facts.hpp"

namespace proctree {

// A source that looks a process up after its event may find it gone: then its key, and what is said of
// it below, is all that is known. Nobody has the user id that stands for that: it means "no change" in
// system calls.
[[nodiscard]] inline bool was_seen(const TaskFacts& task) { return task.uid != kUnsetId; }

// The name of an image that was replaced before anybody looked at it.
inline constexpr std::string_view kUnknownComm = "unknown";

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

struct ExitEvent {
  std::uint64_t ktime_ns = 0;
  TaskFacts task;
  std::uint32_t status = 0;  // as wait(2) reports it
  std::uint64_t user_ns = 0;
  std::uint64_t system_ns = 0;
  std::uint64_t max_rss_kb = 0;
  bool usage_known = true;  // the three above
};

// Events were lost between the two times.
struct LostEvent {
  std::uint64_t count = 0;
  std::uint64_t since_ns = 0;
  std::uint64_t until_ns = 0;
};

using Event = std::variant<ForkEvent, ExecEvent, ExitEvent, LostEvent>;

// One process of a snapshot.
struct SnapshotTask {
  std::uint64_t ktime_ns = 0;
  TaskFacts task;
  ImageFacts image;
};

}  // namespace proctree
