// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "engine/task_pool.hpp"

#include "tree/fact_table.hpp"

namespace proctree {

SnapshotTask TaskPool::keep(const SnapshotTask& task) {
  SnapshotTask copy = task;
  const auto keep_view = [this](std::string_view& view) { view = keep(view); };
  for_each_view(copy.task, keep_view);
  for_each_view(copy.image, keep_view);
  copy.task.comm = strings_.view(strings_.acquire(task.task.comm));
  if (copy.image.args.size() < task.image.args.size()) copy.image.args_known = false;
  return copy;
}

std::string_view TaskPool::keep(std::string_view text) {
  if (text.empty()) return {};
  const Interner::Id known = strings_.find(text);
  if (known == Interner::kNone && strings_.bytes() + text.size() > bytes_max_) return {};
  return strings_.view(known == Interner::kNone ? strings_.acquire(text) : known);
}

}  // namespace proctree
