// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "sink/chain_sink.hpp"

#include "tree/lineage.hpp"

namespace proctree {

Result<void> ChainSink::on_process(const ProcessRecord& record) {
  // The chain of an exec that failed would look like one of an exec.
  if (!options_.events.has(record.kind) || record.failed != nullptr) return {};
  line_.clear();
  append_chain(line_, TableLineage(*record.head.table, *record.head.users, record.slot), links_);
  return output_.append(line_);
}

}  // namespace proctree
