// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "cli/process_choice.hpp"

#include <utility>

#include "base/try.hpp"
#include "cli/running_entries.hpp"
#include "tree/table_forest.hpp"

namespace proctree {

Result<ChosenProcesses> choose_processes(const FilterOptions& filters, ProcParts parts) {
  UserNames users;
  const auto filter = PROCTREE_TRY(filters.filter(users));
  if (!filter.users.empty()) parts |= kProcIds;
  if (filters.needs_exe()) parts |= kProcExe;

  auto view =
      PROCTREE_TRY(ProcessView::of_host(parts, filter.needs_marks() ? &filter : nullptr, std::move(users)));
  for (const auto& [lineage, marks] :
       {std::pair{&filter.under, kOwnUnder}, std::pair{&filter.not_under, kOwnNotUnder}}) {
    for (const std::uint32_t pid : lineage->pids) {
      if (auto marked = view.mark(pid, marks); !marked) return tl::make_unexpected(std::move(marked.error()));
    }
  }

  if (filter.wants_entries()) {
    RunningEntries entries(view);
    for (Slot slot = 0; slot < view.table().slot_end(); ++slot)
      view.note_entry(filter, slot, entries.find(slot).facts);
  }
  std::vector<Slot> chosen;
  TableForest(view.table()).append_all(chosen);
  if (!filter.empty()) {
    const ProcessTable& table = view.table();
    const bool of_image = !filter.users.empty();
    std::erase_if(chosen, [&](Slot slot) {
      if (of_image && table[slot].image == kNoImage) return true;
      const SnapshotTask* now = filter.needs_cgroup() ? view.read_again(slot, kProcCgroup) : nullptr;
      const std::string_view cgroup = now == nullptr ? std::string_view{} : now->task.cgroup;
      return !filter.matches(table, view.users(), slot, cgroup);
    });
  }
  view.forget_marker();
  return ChosenProcesses{std::move(view), std::move(chosen)};
}

}  // namespace proctree
