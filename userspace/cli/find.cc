// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// proctree find: pids by name, user or ancestor. Finding nothing is no failure: the output is empty.
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "cli/command.hpp"
#include "cli/process_choice.hpp"
#include "cli/process_view.hpp"
#include "procfs/parse.hpp"
#include "tree/table_forest.hpp"

namespace proctree {
namespace {

struct FindOptions {
  std::vector<std::string> comms;
  ProcessChoice choice;
  std::string format;
};

Result<std::vector<Slot>> find_slots(const FindOptions& options, ProcessView& view) {
  const ProcessTable& table = view.table();
  auto found = choose_processes(options.choice, view, TableForest(table));
  if (!found) return found;
  const auto self = static_cast<std::uint32_t>(::getpid());
  std::erase_if(*found, [&](Slot slot) {
    const Node& node = table[slot];
    if (node.pid == self || node.image == kNoImage) return true;
    const auto named = [&](const std::string& name) { return as_comm(name) == table.comm(slot); };
    return !options.comms.empty() && std::ranges::none_of(options.comms, named);
  });
  std::ranges::sort(*found, {}, [&](Slot slot) { return table[slot].pid; });
  return found;
}

Result<int> run_find(const FindOptions& options) {
  const bool json_wanted = options.format == "json";
  ProcParts parts = options.choice.users.empty() && !json_wanted ? kProcStat : kProcIds;
  if (json_wanted) parts |= kProcExe;
  auto view = ProcessView::of_host(parts);
  if (!view) return tl::make_unexpected(std::move(view.error()));
  const auto found = find_slots(options, *view);
  if (!found) return tl::make_unexpected(found.error());

  if (json_wanted) {
    JsonWriter json;
    JsonArrayText array;
    for (const Slot slot : *found) {
      view->write_json(json, slot, {});
      array.take(json);
    }
    return print(array.finish());
  }
  std::string text;
  for (const Slot slot : *found) text += std::to_string(view->table()[slot].pid) + "\n";
  return print(text);
}

}  // namespace

void add_find_command(CLI::App& app, Action& action) {
  auto* command =
      app.add_subcommand("find", "Find running processes; options of different kinds must all match");
  const auto options = std::make_shared<FindOptions>();
  command->add_option("--comm", options->comms, "Processes of this command name (may repeat)")
      ->type_name("NAME")
      ->allow_extra_args(false);
  add_choice_options(*command, options->choice);
  add_format_option(*command, options->format, {"text", "json"}, "text: a pid a line; json: an array");
  command->callback([&action, options] { action = [options] { return run_find(*options); }; });
}

}  // namespace proctree
