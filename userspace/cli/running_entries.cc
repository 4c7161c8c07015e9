// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "cli/running_entries.hpp"

#include "engine/running_texts.hpp"

namespace proctree {

RunningEntries::RunningEntries(ProcessView& view) : entries_(view.table(), entry::host_files()) {
  for (Slot slot = 0; slot < view.table().slot_end(); ++slot) {
    if (view.table()[slot].used) read(view, slot);
  }
  ProcTexts texts(&view.reader());
  entries_.settle([this](Slot slot) { return facts(slot); }, texts);
}

void RunningEntries::read(ProcessView& view, Slot slot) {
  constexpr ProcParts kParts = kProcIds | kProcExe | kProcExeFile | kProcCgroup | kProcNamespaces;
  if (const auto* task = view.read_again(slot, kParts))
    facts_.emplace(slot, std::make_unique<OwnedTask>(*task));
}

const SnapshotTask* RunningEntries::facts(Slot slot) const {
  const auto found = facts_.find(slot);
  return found == facts_.end() ? nullptr : &found->second->get();
}

}  // namespace proctree
