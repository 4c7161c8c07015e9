// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "source/bpf/tracepoint.hpp"

#include <bpf/libbpf.h>
#include <fcntl.h>
#include <linux/perf_event.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <string>
#include <string_view>

#include "base/file_descriptor.hpp"
#include "base/parse_text.hpp"
#include "base/try.hpp"
#include "procfs/unplaced_mount.hpp"

namespace proctree {

namespace {

// The file that has the tracepoint's number, or errno.
FileDescriptor open_id(const char* name) {
  const std::string path = std::string("events/") + name + "/id";
  for (const char* root : {"/sys/kernel/tracing/", "/sys/kernel/debug/tracing/"}) {
    FileDescriptor file(open((root + path).c_str(), O_RDONLY | O_CLOEXEC));
    if (file.get() >= 0 || errno == EACCES) return file;
  }
  const FileDescriptor tracefs = mount_unplaced("tracefs");
  return FileDescriptor(tracefs.get() < 0 ? -1 : openat(tracefs.get(), path.c_str(), O_RDONLY | O_CLOEXEC));
}

Result<std::uint64_t> read_id(const char* name) {
  const FileDescriptor file = open_id(name);
  std::array<char, 32> text{};
  const ssize_t got = file.get() < 0 ? -1 : read(file.get(), text.data(), text.size());
  const int error = errno;
  if (got < 0) {
    const std::string what = std::string("can't find the kernel's tracepoint ") + name;
    return fail_errno(what, error,
                      error == EACCES || error == EPERM
                          ? "run it as root, or with CAP_DAC_READ_SEARCH where tracefs is mounted"
                          : "it takes a kernel built with CONFIG_FTRACE_SYSCALLS=y");
  }
  std::string_view number(text.data(), static_cast<std::size_t>(got));
  if (number.ends_with('\n')) number.remove_suffix(1);
  const auto id = parse_number<std::uint64_t>(number);
  if (!id)
    return fail(ErrorCode::corrupt,
                std::string("the number of the kernel's tracepoint ") + name + " is none");
  return *id;
}

}  // namespace

Result<bpf_link*> attach_to_tracepoint(const bpf_program* program, const char* name) {
  const auto id = PROCTREE_TRY(read_id(name));
  perf_event_attr event{};
  event.size = sizeof event;
  event.type = PERF_TYPE_TRACEPOINT;
  event.config = id;
  // Of one cpu: the program is called for all in any case.
  FileDescriptor event_fd(
      static_cast<int>(syscall(SYS_perf_event_open, &event, -1, 0, -1, PERF_FLAG_FD_CLOEXEC)));
  bpf_link* link = event_fd.valid() ? bpf_program__attach_perf_event(program, event_fd.get()) : nullptr;
  if (link == nullptr) {
    return fail_errno(std::string("can't attach to the kernel's tracepoint ") + name, errno,
                      "run it as root, or with CAP_BPF and CAP_PERFMON; allow perf_event_open(2) in seccomp");
  }
  event_fd.release();  // the link closes it
  return link;
}

}  // namespace proctree
