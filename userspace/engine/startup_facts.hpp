// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// All facts of every process while tracing begins, for the `process` records: the table retains only what
// lineage needs.
#pragma once

#include <cstddef>
#include <unordered_map>

#include "engine/task_pool.hpp"
#include "tree/event.hpp"
#include "tree/table.hpp"

namespace proctree {

class StartupFacts {
 public:
  explicit StartupFacts(std::size_t bytes_max) : pool_(bytes_max) {}

  // The newest facts of a process replace those before.
  void set(Slot slot, const TaskFacts& task, const ImageFacts& image) {
    by_slot_.insert_or_assign(slot, pool_.keep({0, task, image}));
  }
  // A process that was forked meanwhile has its creator's image.
  void set_forked(Slot slot, Slot creator, const TaskFacts& task) {
    const SnapshotTask* above = find(creator);
    set(slot, task, above != nullptr ? above->image : ImageFacts{});
  }
  [[nodiscard]] const SnapshotTask* find(Slot slot) const {
    const auto found = by_slot_.find(slot);
    return found == by_slot_.end() ? nullptr : &found->second;
  }

 private:
  TaskPool pool_;
  std::unordered_map<Slot, SnapshotTask> by_slot_;
};

}  // namespace proctree
