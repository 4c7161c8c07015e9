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

}  // namespace proctree
