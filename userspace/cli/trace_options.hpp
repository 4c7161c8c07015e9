// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// The options of trace, and what they mean once they are read.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "engine/engine.hpp"
#include "proctree/event_source.hpp"
#include "sink/event_set.hpp"
#include "tree/error.hpp"

namespace CLI {
class App;
}

namespace proctree {

enum class Format : std::uint8_t { text, chain, jsonl };

struct TraceOptions {
  Format format = Format::text;
  std::string output = "-";
  std::vector<std::string> events;  // empty: what the format writes by default
  std::vector<std::string> comms;
  std::vector<std::string> users;
  std::vector<std::string> under;  // names and pids
  std::vector<std::string> containers;
  double duration_s = 0;  // 0: until a signal
  std::uint64_t count = 0;
  std::size_t ancestors = 64;
  std::uint32_t args_max = 16 * 1024;
  double ring_mib = 8;
  double memory_mib = 256;
  EventSource source = EventSource::bpf;
  bool snapshot = false;

  [[nodiscard]] EventSet event_set() const;
  [[nodiscard]] EngineOptions engine_options() const;
  [[nodiscard]] std::uint64_t ring_bytes() const;
};

// Registers the options; `options` must outlive the parsing.
void add_trace_options(CLI::App& command, TraceOptions& options);

}  // namespace proctree
