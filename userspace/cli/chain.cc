// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// proctree chain PID: from a process up to the first one.
#include <limits>
#include <string>

#include "base/try.hpp"
#include "cli/commands.hpp"
#include "cli/print.hpp"
#include "cli/process_view.hpp"
#include "sink/jsonl_fields.hpp"
#include "tree/lineage.hpp"

namespace proctree {
namespace {

// The fields of the stream's `process` record, with all ancestors.
Result<int> print_json(ProcessView& view, Slot slot) {
  view.read_commands_above(slot);
  const auto task = PROCTREE_TRY(view.reader().read(view.table()[slot].pid, kProcAll));
  if (task->task.self != view.table().key(slot)) {
    return fail(ErrorCode::not_found,
                "process " + std::to_string(view.table()[slot].pid) + " ended meanwhile");
  }
  const ProcessRecord record = view.record_of(slot, *task);
  view.warn_no_ids();
  JsonWriter json;
  JsonFields fields(json);
  json.begin_object();
  fields.process(record);
  fields.image(record);
  fields.lineage(record, std::numeric_limits<std::size_t>::max());
  json.end_object();
  return print(json.text());
}

}  // namespace

Result<int> run_command(const ChainOptions& options) {
  auto view = PROCTREE_TRY(ProcessView::of_lineage(options.pid, kProcIds | (options.json ? kProcExe : 0)));
  const auto slot = PROCTREE_TRY(view.find(options.pid));
  if (options.json) return print_json(view, slot);
  std::string text;
  append_chain(text, TableLineage(view.table(), view.users(), slot));
  return print(text);
}

}  // namespace proctree
