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
#include "cli/process_view.hpp"
#include "procfs/parse.hpp"
#include "tree/queries.hpp"
#include "tree/table_forest.hpp"

namespace proctree {
namespace {

struct FindOptions {
  std::vector<std::string> comms;
  std::vector<std::string> users;
  std::vector<std::string> under;  // names and pids
  std::string format;
};

Result<std::vector<std::uint32_t>> uids_of(const std::vector<std::string>& names, const UserNames& users) {
  std::vector<std::uint32_t> uids;
  for (const std::string& name : names) {
    auto uid = users.uid(name);
    if (!uid) uid = parse_number<std::uint32_t>(name);
    if (!uid) return fail(ErrorCode::not_found, "/etc/passwd has no user " + name, "give the user's number");
    uids.push_back(*uid);
  }
  return uids;
}

// All that descends from the processes named, by pid or by name.
Result<std::vector<Slot>> slots_under(const std::vector<std::string>& names, const ProcessView& view,
                                      const TableForest& forest) {
  std::vector<Slot> ancestors;
  for (const std::string& name : names) {
    if (const auto pid = parse_number<std::uint32_t>(name)) {
      const auto slot = view.find(*pid);
      if (!slot) return tl::make_unexpected(slot.error());
      ancestors.push_back(*slot);
    } else {
      const auto named = find_by_comm(forest, as_comm(name));
      ancestors.insert(ancestors.end(), named.begin(), named.end());
    }
  }
  return descendants_of_any(forest, ancestors);
}

Result<std::vector<Slot>> find_slots(const FindOptions& options, ProcessView& view) {
  const ProcessTable& table = view.table();
  const TableForest forest(table);
  const auto uids = uids_of(options.users, view.users());
  if (!uids) return tl::make_unexpected(uids.error());

  std::vector<Slot> found;
  if (options.under.empty()) {
    forest.append_all(found);
  } else {
    auto under = slots_under(options.under, view, forest);
    if (!under) return under;
    found = std::move(*under);
  }
  const auto self = static_cast<std::uint32_t>(::getpid());
  std::erase_if(found, [&](Slot slot) {
    const Node& node = table[slot];
    if (node.pid == self || node.image == kNoImage) return true;
    const auto named = [&](const std::string& name) { return as_comm(name) == table.comm(slot); };
    if (!options.comms.empty() && std::ranges::none_of(options.comms, named)) return true;
    return !uids->empty() && std::ranges::find(*uids, node.uid) == uids->end();
  });
  std::ranges::sort(found, {}, [&](Slot slot) { return table[slot].pid; });
  return found;
}

Result<int> run_find(const FindOptions& options) {
  const bool json_wanted = options.format == "json";
  ProcParts parts = options.users.empty() && !json_wanted ? kProcStat : kProcIds;
  if (json_wanted) parts |= kProcExe;
  auto view = ProcessView::of_host(parts);
  if (!view) return tl::make_unexpected(std::move(view.error()));
  const auto found = find_slots(options, *view);
  if (!found) return tl::make_unexpected(found.error());

  if (json_wanted) {
    JsonWriter json;
    JsonArrayText array;
    for (const Slot slot : *found) {
      view->write_json(json, slot);
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
  command->add_option("--user", options->users, "Processes of this user, by name or number (may repeat)")
      ->type_name("NAME")
      ->allow_extra_args(false);
  command
      ->add_option("--under", options->under,
                   "What descends from this process, or from one of this command name (may repeat)")
      ->type_name("NAME|PID")
      ->allow_extra_args(false);
  add_format_option(*command, options->format, {"text", "json"}, "text: a pid a line; json: an array");
  command->callback([&action, options] { action = [options] { return run_find(*options); }; });
}

}  // namespace proctree
