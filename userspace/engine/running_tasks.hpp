// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// Tasks with strings of their own: what a source hands out is valid only until its next call.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "engine/task_pool.hpp"
#include "tree/event.hpp"

namespace proctree {

class OwnedTask {
 public:
  explicit OwnedTask(const SnapshotTask& task);
  OwnedTask(const OwnedTask&) = delete;
  OwnedTask& operator=(const OwnedTask&) = delete;
  ~OwnedTask() = default;
  [[nodiscard]] const SnapshotTask& get() const { return task_; }

 private:
  SnapshotTask task_;
  std::string strings_;  // all that task_ views, one after the other
};

// What runs, as a source's snapshot reports it. Of a task that matches the table only that it runs is stored:
// there may be many.
class RunningTasks {
 public:
  // `bytes_max` bounds the others' strings.
  explicit RunningTasks(std::size_t bytes_max = ~std::size_t{0}) : pool_(bytes_max) {}

  void add_known(const ProcKey& key) { known_.push_back(key); }
  void add(const SnapshotTask& task) { tasks_.push_back(pool_.keep(task)); }

  [[nodiscard]] const std::vector<ProcKey>& known() const { return known_; }
  [[nodiscard]] const std::vector<SnapshotTask>& tasks() const { return tasks_; }
  // They have been compared.
  void forget_known() { known_ = {}; }

 private:
  TaskPool pool_;
  std::vector<ProcKey> known_;
  std::vector<SnapshotTask> tasks_;
};

}  // namespace proctree
