// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// proctree chain PID: from a process up to the first one.
#include "tree/chain.hpp"

#include <CLI/CLI.hpp>
#include <cstdint>
#include <limits>
#include <memory>
#include <string>

#include "cli/command.hpp"
#include "cli/process_view.hpp"
#include "sink/jsonl_fields.hpp"
#include "tree/table_lineage.hpp"

namespace proctree {
namespace {

struct ChainOptions {
  std::uint32_t pid = 0;
  std::string format;
};

// The fields of the stream's `process` record, with all ancestors.
Result<int> print_json(ProcessView& view, Slot slot) {
  const auto task = view.reader().read(view.table()[slot].pid, kProcAll);
  if (!task) return tl::make_unexpected(task.error());
  if ((*task)->task.self != view.table().key(slot)) {
    return fail(ErrorCode::not_found,
                "process " + std::to_string(view.table()[slot].pid) + " ended meanwhile");
  }
  ProcessRecord record;
  record.kind = ProcessRecord::Kind::process;
  record.head.ktime_ns = (*task)->ktime_ns;
  record.head.table = &view.table();
  record.head.users = &view.users();
  record.head.host = &view.host();
  record.slot = slot;
  record.task = &(*task)->task;
  record.image = &(*task)->image;
  JsonWriter json;
  JsonFields fields(json);
  json.begin_object();
  fields.process(record);
  fields.image(record);
  fields.lineage(record, std::numeric_limits<std::size_t>::max());
  json.end_object();
  return print(json.text());
}

Result<int> run_chain(const ChainOptions& options) {
  auto view = ProcessView::of_lineage(options.pid, kProcIds | (options.format == "json" ? kProcExe : 0));
  if (!view) return tl::make_unexpected(std::move(view.error()));
  const auto slot = view->find(options.pid);
  if (!slot) return tl::make_unexpected(slot.error());
  if (options.format == "json") return print_json(*view, *slot);
  std::string text;
  append_chain(text, TableLineage(view->table(), view->users(), *slot));
  return print(text);
}

}  // namespace

void add_chain_command(CLI::App& app, Action& action) {
  auto* command = app.add_subcommand("chain", "Show a process and its ancestors as one line");
  const auto options = std::make_shared<ChainOptions>();
  command->add_option("PID", options->pid, "The process")
      ->required()
      ->check(CLI::Range(1U, 0xffffffffU).description(""))
      ->type_name("");
  add_format_option(*command, options->format, {"text", "json"},
                    "text: pid|command|user;… up to the first process; json: all facts");
  command->callback([&action, options] { action = [options] { return run_chain(*options); }; });
}

}  // namespace proctree
