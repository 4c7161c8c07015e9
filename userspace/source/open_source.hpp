// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// The one place that knows every kind of source in this build.
#pragma once

#include <cstdint>
#include <memory>

#include "proctree/event_source.hpp"
#include "source/source.hpp"
#include "tree/variable_names.hpp"

namespace proctree {

struct SourceOptions {
  std::uint32_t args_max = 16 * 1024;
  std::uint64_t ring_bytes = 8 * 1024 * 1024;  // rounded up to what the kernel takes
  // Only this process and what descends from it, left out in the kernel; 0: all. BPF alone can do it.
  std::uint32_t follow_pid = 0;
  bool followable = false;    // Source::can_follow(). BPF alone can do it.
  bool failed_execs = false;  // execs that failed are reported too. BPF alone can do it.
  // KiB a second that the events of one account (bpf/fair.bpf.h) may take of the ring; 0: no bound. BPF
  // alone.
  std::uint32_t fair_kib = 0;
  RingKind ring = RingKind::automatic;  // BPF alone has a choice
  VariableNames env = {};  // that are reported, of each environment's first env_max bytes. BPF alone.
  std::uint32_t env_max = kEnvMaxDefault;
  bool stdio = false;      // what the descriptors 0, 1 and 2 are. BPF alone.
  bool exe_state = false;  // of the executable (ExecEvent::exe_state). BPF alone.
  bool debug_bpf = false;  // all that libbpf says, on standard error
};

// The error says what this host lacks.
[[nodiscard]] Result<std::unique_ptr<Source>> open_source(EventSource kind, const SourceOptions& options);

}  // namespace proctree
