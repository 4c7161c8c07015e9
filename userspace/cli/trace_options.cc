// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "cli/trace_options.hpp"

#include "base/try.hpp"

namespace proctree {

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
  engine.ancestor_args = capture.ancestor_args;
  engine.titles = is_json(record.format);  // no other format shows them
  return engine;
}

EngineOptions TraceOptions::engine_options(const WhoseProcesses& whose) const {
  EngineOptions engine = engine_options_of(record, capture, whose);
  // Lines of the other formats are events.
  engine.write_snapshot = !spool.folder.empty() || (snapshot && is_json(record.format));
  engine.titles |= !spool.folder.empty();
  engine.exec_limit = count;
  return engine;
}

}  // namespace proctree
