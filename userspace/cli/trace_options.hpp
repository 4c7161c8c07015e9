// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// The options of trace, and what they mean.
#pragma once

#include <cstdint>
#include <string>

#include "cli/caller.hpp"
#include "cli/record_options.hpp"
#include "engine/engine.hpp"
#include "proctree/event_source.hpp"
#include "tree/variable_names.hpp"

namespace proctree {

struct SourceOptions;

// How events are taken in from the kernel.
struct CaptureOptions {
  std::uint32_t args_max = 16 * 1024;
  std::uint32_t ancestor_args = kAncestorArgsDefault;
  double ring_mib = 8;
  bool failed_execs = false;
  std::uint32_t fair_kib = 0;
  RingKind ring = RingKind::automatic;
  bool debug_bpf = false;
  VariableNames env = {};
  std::uint32_t env_max = kEnvMaxDefault;
  bool stdio = false;
  bool hash = false;

  [[nodiscard]] std::uint64_t ring_bytes() const {
    return static_cast<std::uint64_t>(ring_mib * 1024 * 1024);
  }
};

[[nodiscard]] SourceOptions source_options_of(const CaptureOptions& capture);

// The filters, with users and names looked up: once, before anything is traced.
struct WhoseProcesses {
  Filter filter;
  UserNames users;
};
[[nodiscard]] Result<WhoseProcesses> whose_processes(const RecordOptions& record, const Caller& caller);

// What every command that drives an engine gives it.
[[nodiscard]] EngineOptions engine_options_of(const RecordOptions& record, const CaptureOptions& capture,
                                              const WhoseProcesses& whose);

// Where lines are stored in segments.
struct SpoolChoice {
  std::string folder;  // empty: none
  std::uint64_t max_mib = 1024;
  std::uint64_t segment_mib = 16;
  std::uint64_t buffer_mib = 16;
};

struct TraceOptions {
  RecordOptions record;
  CaptureOptions capture;
  SpoolChoice spool;
  double duration_s = 0;  // 0: until a signal
  std::uint64_t count = 0;
  EventSource source = EventSource::bpf;
  bool snapshot = false;
  bool fold = false;
  bool watch = false;
  std::string run_as;
  std::string metrics;  // a file; empty: none

  // With a spool alone nothing goes to an output.
  [[nodiscard]] bool has_output() const {
    return spool.folder.empty() || record.format_given || record.output.has_value();
  }
  [[nodiscard]] bool writes_json() const { return !spool.folder.empty() || is_json(record.format); }
  [[nodiscard]] EngineOptions engine_options(const WhoseProcesses& whose) const;
};

}  // namespace proctree
