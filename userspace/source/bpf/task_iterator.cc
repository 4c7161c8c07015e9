// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "source/bpf/task_iterator.hpp"

#include <bpf/bpf.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <vector>

#include "procfs/file_descriptor.hpp"

namespace proctree {

Result<void> iterate_tasks(int link_fd, Decoder& decoder, const Source::TaskHandler& handler) {
  const FileDescriptor iterator(bpf_iter_create(link_fd));
  if (iterator.get() < 0) return fail_errno("can't start the task iterator", errno);

  // A record may be cut by the end of one read and go on in the next.
  std::vector<std::uint64_t> storage(32 * 1024);
  const std::span<std::byte> buffer = std::as_writable_bytes(std::span(storage));
  std::size_t filled = 0;
  for (;;) {
    const ssize_t got = ::read(iterator.get(), buffer.data() + filled, buffer.size() - filled);
    if (got < 0) {
      if (errno == EINTR || errno == EAGAIN) continue;
      return fail_errno("the task iterator failed", errno);
    }
    filled += static_cast<std::size_t>(got);
    std::size_t at = 0;
    while (filled - at >= sizeof(pt_header)) {
      const auto* header = reinterpret_cast<const pt_header*>(buffer.data() + at);
      if (header->size > filled - at && header->size <= buffer.size()) break;
      std::size_t used = 0;
      auto task = decoder.decode_task(buffer.subspan(at, filled - at), used);
      if (!task) return tl::make_unexpected(std::move(task.error()));
      if (auto handled = handler(*task); !handled) return handled;
      at += used;
    }
    std::memmove(buffer.data(), buffer.data() + at, filled - at);
    filled -= at;
    if (got == 0) break;
  }
  if (filled != 0) return fail(ErrorCode::corrupt, "the task iterator's last record is cut");
  return {};
}

}  // namespace proctree
