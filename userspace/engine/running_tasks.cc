// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "engine/running_tasks.hpp"

#include <array>
#include <cstddef>
#include <string_view>

namespace proctree {

OwnedTask::OwnedTask(const SnapshotTask& task) : task_(task) {
  TaskFacts& t = task_.task;
  ImageFacts& i = task_.image;
  const std::array<std::string_view*, 8> views = {&t.comm, &t.tty,      &t.cgroup,      &i.exe,
                                                  &i.cwd,  &i.filename, &i.interpreter, &i.args};
  for (const std::string_view* view : views) strings_ += *view;
  std::string_view rest = strings_;
  for (std::string_view* view : views) {
    const std::size_t length = view->size();
    *view = rest.substr(0, length);
    rest.remove_prefix(length);
  }
}

void RunningTasks::add(const SnapshotTask& task) {
  SnapshotTask kept{task.ktime_ns, task.task, {}};
  kept.task.tty = kept.task.cgroup = {};
  kept.image.exe = task.image.exe;
  tasks_.push_back(std::make_unique<OwnedTask>(kept));
}

}  // namespace proctree
