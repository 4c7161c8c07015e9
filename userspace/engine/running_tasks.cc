// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "engine/running_tasks.hpp"

#include <cstddef>
#include <string_view>

#include "tree/fact_table.hpp"

namespace proctree {

OwnedTask::OwnedTask(const SnapshotTask& task) : task_(task) {
  const auto for_each = [this](auto visit) {
    for_each_view(task_.task, visit);
    for_each_view(task_.image, visit);
  };
  for_each([this](std::string_view& view) { strings_ += view; });
  std::string_view rest = strings_;
  for_each([&rest](std::string_view& view) {
    const std::size_t length = view.size();
    view = rest.substr(0, length);
    rest.remove_prefix(length);
  });
}

}  // namespace proctree
