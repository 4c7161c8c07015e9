// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "cli/trace_options.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <map>

#include "proctree_event.h"

namespace proctree {

EngineOptions engine_options_of(const RecordOptions& record) {
  EngineOptions engine;
  engine.version = PROCTREE_VERSION;
  engine.filter = record.filter();
  engine.under_pids = record.under_pids();
  engine.retention = record.retention();
  return engine;
}

EngineOptions TraceOptions::engine_options() const {
  EngineOptions engine = engine_options_of(record);
  engine.write_snapshot =
      snapshot && record.format == Format::jsonl;  // lines of the other formats are events
  engine.exec_limit = count;
  return engine;
}

void add_capture_options(CLI::App& command, CaptureOptions& options) {
  command
      .add_option("--args-max", options.args_max,
                  "Bytes of arguments kept of an exec; their real size is always told")
      ->type_name("BYTES")
      ->check(CLI::Range(0, PT_ARGS_LIMIT))
      ->capture_default_str();
  command
      .add_option("--ring-size", options.ring_mib, "Size of the ring buffer, rounded up to a power of two")
      ->type_name("MIB")
      ->check(CLI::Range(0.0, 1024.0))
      ->capture_default_str();
  command.add_flag("--failed-execs", options.failed_execs,
                   "Tell execs that failed too, each with its error (text and jsonl)");
}

void add_trace_options(CLI::App& command, TraceOptions& options) {
  const std::map<std::string, EventSource> sources = {{"bpf", EventSource::bpf},
                                                      {"netlink", EventSource::netlink}};
  add_record_options(command, options.record);
  command.add_option("--duration", options.duration_s, "Stop after so many seconds")
      ->type_name("S")
      ->check(CLI::PositiveNumber);
  command.add_option("--count", options.count, "Stop after N execs that the filters let through")
      ->type_name("N")
      ->check(CLI::PositiveNumber);
  add_capture_options(command, options.capture);
  command.add_option("--source", options.source, "Where events come from")
      ->type_name("SOURCE")
      ->transform(CLI::CheckedTransformer(sources).description("bpf|netlink"))
      ->default_str("bpf");
  command.add_flag("--snapshot", options.snapshot,
                   "First write a record for each process that runs already (jsonl)");
  CLI::Option* watch =
      command.add_flag("--watch", options.watch,
                       "A live tree on the terminal: births and exits as they happen; ? tells its keys");
  for (const char* of_lines : {"--format", "--output", "--events", "--timeline", "--ancestors", "--count",
                               "--snapshot", "--failed-execs"}) {
    watch->excludes(command.get_option(of_lines));
  }
}

}  // namespace proctree
