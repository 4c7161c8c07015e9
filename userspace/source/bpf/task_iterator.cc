// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "source/bpf/task_iterator.hpp"

#include <bpf/bpf.h>
#include <unistd.h>

#include <cerrno>

#include "base/file_descriptor.hpp"

namespace proctree {

Result<void> iterate_tasks(int link_fd, TaskRecords& records) {
  const FileDescriptor iterator(bpf_iter_create(link_fd));
  if (iterator.get() < 0) return fail_errno("can't start the task iterator", errno);

  for (auto room = records.room(); !room.empty(); room = records.room()) {
    const ssize_t got = ::read(iterator.get(), room.data(), room.size());
    if (got < 0) {
      if (errno == EINTR || errno == EAGAIN) continue;
      return fail_errno("the task iterator failed", errno);
    }
    if (auto taken = records.add(static_cast<std::size_t>(got)); !taken) return taken;
  }
  return {};
}

}  // namespace proctree
