// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// Reading the task iterator: every process, at about half a microsecond each.
#pragma once

#include <cstddef>
#include <utility>

#include "base/file_descriptor.hpp"
#include "source/task_records.hpp"

namespace proctree {

class TaskIterator {
 public:
  static Result<TaskIterator> open(int link_fd);
  // Hands over at most `most` processes out of `records`, which is that of one pass; false: there are no
  // more.
  Result<bool> next(TaskRecords& records, std::size_t most, const Source::TaskHandler& handler);

 private:
  explicit TaskIterator(FileDescriptor fd) : fd_(std::move(fd)) {}
  FileDescriptor fd_;
};

}  // namespace proctree
