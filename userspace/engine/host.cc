// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "engine/host.hpp"

#include <sys/stat.h>
#include <sys/utsname.h>

#include <cerrno>
#include <fstream>

#include "source/initial_namespaces.hpp"
#include "tree/process_id.hpp"

namespace proctree {

Result<Host> this_host() {
  Host host;
  std::ifstream boot_id("/proc/sys/kernel/random/boot_id");
  if (!boot_id || !std::getline(boot_id, host.boot_id))
    return fail_errno("can't read /proc/sys/kernel/random/boot_id", errno, "mount /proc");
  host.id_prefix = id_prefix_of(host.boot_id);
  struct stat pid_namespace {};
  if (::stat("/proc/self/ns/pid", &pid_namespace) == 0)
    host.nested_pid_namespace = pid_namespace.st_ino != kInitialPidNamespace;
  utsname names{};
  if (uname(&names) != 0) return fail_errno("uname", errno);
  host.name = static_cast<const char*>(names.nodename);
  host.kernel = static_cast<const char*>(names.release);
  host.arch = static_cast<const char*>(names.machine);
  return host;
}

}  // namespace proctree
