// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// Tasks with strings of their own: what a source hands out is valid for a moment only.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "source/event.hpp"

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

class RunningTasks {
 public:
  // Without what lineage does not need: there may be many.
  void add(const SnapshotTask& task);

  template <class Use>
  void for_each(Use use) const {
    for (const auto& task : tasks_) use(task->get());
  }

 private:
  std::vector<std::unique_ptr<OwnedTask>> tasks_;
};

}  // namespace proctree
