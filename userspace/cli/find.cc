// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// proctree find: pids by name, user or ancestor. Finding nothing is a failure, as with pgrep(1).
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "base/counted.hpp"
#include "base/try.hpp"
#include "cli/commands.hpp"
#include "cli/filter_texts.hpp"
#include "cli/print.hpp"
#include "cli/process_choice.hpp"
#include "cli/process_view.hpp"

namespace proctree {
namespace {

// Without this command, in the order of their pids.
void sort_found(std::vector<Slot>& found, const ProcessTable& table) {
  const auto self = static_cast<std::uint32_t>(::getpid());
  std::erase_if(found, [&](Slot slot) { return table[slot].pid == self || table[slot].image == kNoImage; });
  std::ranges::sort(found, {}, [&](Slot slot) { return table[slot].pid; });
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

// Where command names are asked for that are the names of programs: a process may call itself otherwise, as
// tmux's server does ("tmux: server").
std::string remedy(const FindOptions& options) {
  FilterOptions by_program = options.filters;
  by_program.exes.insert(by_program.exes.end(), by_program.comms.begin(), by_program.comms.end());
  if (!std::exchange(by_program.comms, {}).empty()) {
    auto all = choose_processes(by_program, kProcStat);
    if (all) sort_found(all->chosen, all->view.table());
    if (all && !all->chosen.empty()) {
      return "--exe instead of --comm finds " + counted(all->chosen.size(), "process", "processes") +
             ", whose command name is another";
    }
  }
  return "see proctree tree";
}

}  // namespace

Result<int> run_command(const FindOptions& options) {
  auto all = PROCTREE_TRY(choose_processes(options.filters, options.json ? kProcIds | kProcExe : kProcStat));
  auto& [view, found] = all;
  sort_found(found, view.table());
  auto printed = print(options.json ? json_of(found, view) : text_of(found, view));
  if (printed && found.empty())
    return fail(ErrorCode::not_found, "no running process matches" + name_hint(options.filters),
                remedy(options));
  return printed;
}

}  // namespace proctree
