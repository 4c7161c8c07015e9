// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// proctree find: pids by name, user or ancestor. Finding nothing is a failure, as for pgrep(1).
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/parse_text.hpp"
#include "cli/commands.hpp"
#include "cli/process_choice.hpp"
#include "cli/process_view.hpp"
#include "tree/table_forest.hpp"

namespace proctree {
namespace {

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

std::string json_of(const std::vector<Slot>& found, ProcessView& view) {
  JsonWriter json;
  JsonArrayText array;
  for (const Slot slot : found) {
    view.write_json(json, slot, {});
    array.take(json);
  }
  return array.finish();
}

std::string text_of(const std::vector<Slot>& found, const ProcessView& view) {
  std::string text;
  for (const Slot slot : found) text += std::to_string(view.table()[slot].pid) + "\n";
  return text;
}

}  // namespace

Result<int> run_command(const FindOptions& options) {
  ProcParts parts = options.choice.users.empty() && !options.json ? kProcStat : kProcIds;
  if (options.json) parts |= kProcExe;
  auto view = ProcessView::of_host(parts);
  if (!view) return tl::make_unexpected(std::move(view.error()));
  const auto found = find_slots(options, *view);
  if (!found) return tl::make_unexpected(found.error());

  auto printed = print(options.json ? json_of(*found, *view) : text_of(*found, *view));
  if (printed && found->empty())
    return fail(ErrorCode::not_found, "nothing that runs matches", "see proctree tree");
  return printed;
}

}  // namespace proctree
