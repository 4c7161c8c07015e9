// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// Where the lines of running processes came in, as far as /proc shows it.
#pragma once

#include <memory>
#include <unordered_map>

#include "cli/process_view.hpp"
#include "engine/running_tasks.hpp"
#include "entry/entries.hpp"

namespace proctree {

class RunningEntries {
 public:
  // Reads each process of the view's table once.
  explicit RunningEntries(ProcessView& view);

  [[nodiscard]] entry::Entries::Found find(Slot slot) { return entries_.find(slot); }
  // What was read of it; nullptr: it was gone.
  [[nodiscard]] const SnapshotTask* facts(Slot slot) const;

 private:
  void read(ProcessView& view, Slot slot);

  std::unordered_map<Slot, std::unique_ptr<OwnedTask>> facts_;
  entry::Entries entries_;
};

}  // namespace proctree
