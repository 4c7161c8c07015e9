// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "engine/task_pool.hpp"

namespace proctree {

SnapshotTask TaskPool::keep(const SnapshotTask& task) {
  SnapshotTask kept = task;
  kept.task.comm = strings_.view(strings_.acquire(task.task.comm));
  kept.task.tty = keep(task.task.tty);
  kept.task.cgroup = keep(task.task.cgroup);
  ImageFacts& image = kept.image;
  for (std::string_view* text : {&image.exe, &image.cwd, &image.filename, &image.interpreter, &image.args})
    *text = keep(*text);
  if (image.args.size() < task.image.args.size()) image.args_known = false;
  return kept;
}

std::string_view TaskPool::keep(std::string_view text) {
  if (text.empty()) return {};
  const Interner::Id known = strings_.find(text);
  if (known == Interner::kNone && strings_.bytes() + text.size() > bytes_max_) return {};
  return strings_.view(known == Interner::kNone ? strings_.acquire(text) : known);
}

}  // namespace proctree
