// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "engine/host.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <string>
#include <string_view>

#include "base/sha256.hpp"
#include "procfs/reader.hpp"
#include "procfs/unplaced_mount.hpp"
#include "tree/namespaces.hpp"
#include "tree/process_id.hpp"

namespace proctree {

namespace {

constexpr char kBootId[] = "/proc/sys/kernel/random/boot_id";

std::string boot_id() {
  const FileDescriptor own_proc = access(kBootId, R_OK) == 0 ? FileDescriptor() : mount_unplaced("proc");
  const FileDescriptor file(own_proc.valid()
                                ? openat(own_proc.get(), kBootId + sizeof "/proc", O_RDONLY | O_CLOEXEC)
                                : open(kBootId, O_RDONLY | O_CLOEXEC));
  std::array<char, 64> text{};
  const ssize_t length = file.valid() ? read(file.get(), text.data(), text.size()) : -1;
  const std::string_view read(text.data(), length > 0 ? static_cast<std::size_t>(length) : 0);
  return std::string(read.substr(0, read.find('\n')));
}

std::string machine_id_file() {
  const FileDescriptor file(open("/etc/machine-id", O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
  std::array<char, 64> text{};
  const ssize_t length = file.valid() ? read(file.get(), text.data(), text.size()) : -1;
  return {text.data(), length > 0 ? static_cast<std::size_t>(length) : 0};
}

}  // namespace

std::string host_id_of(std::string_view machine_id_file) {
  constexpr std::size_t kDigits = 32;
  if (machine_id_file.ends_with('\n')) machine_id_file.remove_suffix(1);
  if (machine_id_file.size() != kDigits ||
      machine_id_file.find_first_not_of("0123456789abcdef") != std::string_view::npos)
    return "";
  Sha256 hash;
  hash.update(std::string_view("proctree\0", 9));
  hash.update(machine_id_file);
  return hash.hex_digest().substr(0, kDigits);
}

Result<Host> this_host(bool boot_id_needed) {
  Host host;
  host.boot_id = boot_id();
  if (host.boot_id.empty() && boot_id_needed) {
    return fail_errno(std::string("can't read ") + kBootId, errno,
                      "mount all of /proc: subset=pid (systemd's ProcSubset=pid) leaves this out");
  }
  host.id_prefix = id_prefix_of(host.boot_id);
  host.id = host_id_of(machine_id_file());
  struct stat pid_namespace {};
  if (::stat("/proc/self/ns/pid", &pid_namespace) == 0)
    host.nested_pid_namespace = pid_namespace.st_ino != kInitialPidNamespace;
  // Our own id, as anyone may compute it.
  if (auto reader = ProcReader::open("/proc"); reader) {
    if (const auto self = reader->read(static_cast<std::uint32_t>(::getpid()), kProcStat); self)
      append_process_id(host.stream, host.id_prefix, (*self)->task.self);
  }
  utsname names{};
  if (uname(&names) != 0) return fail_errno("uname", errno);
  host.name = static_cast<const char*>(names.nodename);
  host.kernel = static_cast<const char*>(names.release);
  host.arch = static_cast<const char*>(names.machine);
  return host;
}

}  // namespace proctree
