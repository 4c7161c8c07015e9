// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "cli/trace_options.hpp"

#include "base/try.hpp"
#include "source/open_source.hpp"

namespace proctree {

SourceOptions source_options_of(const CaptureOptions& capture) {
  return {.args_max = capture.args_max,
          .ring_bytes = capture.ring_bytes(),
          .failed_execs = capture.failed_execs,
          .fair_kib = capture.fair_kib,
          .ring = capture.ring,
          .env = capture.env,
          .env_max = capture.env_max,
          .stdio = capture.stdio,
          .exe_state = capture.hash,
          .debug_bpf = capture.debug_bpf};
}

Result<WhoseProcesses> whose_processes(const RecordOptions& record, const Caller& caller) {
  WhoseProcesses whose;
  if (caller) whose.users.learn(caller->uid, caller->name);
  auto filter = PROCTREE_TRY(record.filters.filter(whose.users));
  whose.filter = std::move(filter);
  return whose;
}

EngineOptions engine_options_of(const RecordOptions& record, const CaptureOptions& capture,
                                const WhoseProcesses& whose) {
  EngineOptions engine;
  engine.version = PROCTREE_VERSION;
  engine.filter = whose.filter;
  engine.users = whose.users;
  engine.retention = record.retention();
  engine.titles = true;
  if (!is_json(record.format)) engine.show_names_alone();
  // The slowest of --stats stand there with their arguments.
  if (is_json(record.format) || record.stats) engine.ancestor_args = capture.ancestor_args;
  return engine;
}

EngineOptions TraceOptions::engine_options(const WhoseProcesses& whose) const {
  EngineOptions engine = engine_options_of(record, capture, whose);
  // Lines of the other formats are events.
  engine.write_snapshot = !spool.folder.empty() || (snapshot && is_json(record.format));
  if (!spool.folder.empty()) {
    engine.titles = engine.entries = true;
    engine.ancestor_args = capture.ancestor_args;
  }
  engine.exec_limit = count;
  return engine;
}

}  // namespace proctree
