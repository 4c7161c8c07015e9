// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// What a resync has changed and no record has reported yet: it is reported a few at a time, so that events
// don't wait.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "engine/record.hpp"
#include "engine/running_tasks.hpp"

namespace proctree {

class Unreported {
 public:
  static constexpr std::uint32_t kNoTask = 0xffffffff;
  struct Item {
    ProcKey self;
    Resynced change = Resynced::ended;
    std::uint32_t task = kNoTask;  // of those that run: which of tasks()
  };

  [[nodiscard]] bool empty() const { return next_ == items_.size(); }
  void add(const Item& item) { items_.push_back(item); }
  // What the items' `task` indexes.
  void take_tasks(RunningTasks tasks) { tasks_ = std::move(tasks); }
  // Null: no more is known of it than what the table has.
  [[nodiscard]] const SnapshotTask* task(const Item& item) const {
    return item.task == kNoTask ? nullptr : &tasks_.tasks()[item.task];
  }
  Item next() { return items_[next_++]; }
  // All of it has been reported.
  void clear() { *this = {}; }

 private:
  RunningTasks tasks_;
  std::vector<Item> items_;
  std::size_t next_ = 0;
};

}  // namespace proctree
