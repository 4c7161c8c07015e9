// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// The options of trace, and what they mean once they are read.
#pragma once

#include <cstdint>
#include <string>

#include "cli/record_options.hpp"
#include "engine/engine.hpp"
#include "proctree/event_source.hpp"

namespace CLI {
class App;
}

namespace proctree {

struct TraceOptions {
  RecordOptions record;
  double duration_s = 0;  // 0: until a signal
  std::uint64_t count = 0;
  std::uint32_t args_max = 16 * 1024;
  double ring_mib = 8;
  EventSource source = EventSource::bpf;
  bool snapshot = false;

  [[nodiscard]] EngineOptions engine_options() const;
  [[nodiscard]] std::uint64_t ring_bytes() const;
};

// Registers the options; `options` must outlive the parsing.
void add_trace_options(CLI::App& command, TraceOptions& options);

}  // namespace proctree
