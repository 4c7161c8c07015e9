// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "cli/trace_options.hpp"

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

}  // namespace proctree
