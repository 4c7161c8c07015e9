// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "source/bpf/task_iterator.hpp"

#include <bpf/bpf.h>
#include <unistd.h>

#include <cerrno>

#include "base/try.hpp"

namespace proctree {

Result<TaskIterator> TaskIterator::open(int link_fd) {
  FileDescriptor fd(bpf_iter_create(link_fd));
  if (!fd.valid()) return fail_errno("can't start the task iterator", errno);
  return TaskIterator(std::move(fd));
}

// A read gives what fits into eight of the kernel's pages: some hundred processes.
Result<bool> TaskIterator::next(TaskRecords& records, std::size_t most, const Source::TaskHandler& handler) {
  for (;;) {
    most -= PROCTREE_TRY(records.take(most, handler));
    const auto room = records.room();
    if (room.empty()) return false;
    if (most == 0) return true;
    const ssize_t got = ::read(fd_.get(), room.data(), room.size());
    if (got >= 0) {
      records.add(static_cast<std::size_t>(got));
    } else if (errno != EINTR && errno != EAGAIN) {
      return fail_errno("the task iterator failed", errno);
    }
  }
}

}  // namespace proctree
