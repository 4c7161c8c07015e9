// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "engine/running_arguments.hpp"

#include "procfs/reader.hpp"

namespace proctree {

namespace {

// By file or, where another mount namespace names it otherwise, by path. A name would not do, since a process
// may change it at any time; but it is all there is where the file may not be read.
bool same_program(const SnapshotTask& now, const TaskFacts& task, const ImageFacts& image) {
  if (now.image.exe.empty()) return now.task.comm == task.comm;
  const bool same_file = now.image.exe_inode == image.exe_inode && now.image.exe_dev == image.exe_dev;
  return now.image.exe == image.exe || (now.image.exe_inode != 0 && same_file);
}

}  // namespace

void add_arguments(ProcReader& reader, const TaskFacts& task, ImageFacts& image) {
  const auto read = reader.read(task.self.pid, kProcArgs | kProcExe | kProcExeFile);
  if (!read || !(*read)->task.self.same_at_tick(task.self)) return;
  if (!same_program(**read, task, image)) return;
  const ImageFacts& now = (*read)->image;
  image.args = now.args;
  image.args_size = now.args_size;
  image.args_known = now.args_known;
}

bool take_whole_arguments(const Invocation& known, ImageFacts& image) {
  if (!known.args_known || known.args_truncated) return false;
  image.args = known.args;
  image.args_size = known.args_size;
  image.args_known = true;
  return true;
}

}  // namespace proctree
