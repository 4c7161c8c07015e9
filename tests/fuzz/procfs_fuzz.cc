// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// The texts below /proc/PID and passwd(5). The first byte says which; the rest is the text.
#include <sys/mman.h>
#include <unistd.h>

#include <string>

#include "base/host_clock.hpp"
#include "fuzz.hpp"
#include "procfs/parse.hpp"
#include "procfs/users.hpp"
#include "tree/container.hpp"

namespace proctree::fuzz {
namespace {

bool is_inside(std::string_view part, std::string_view whole) {
  return part.empty() ||
         (part.data() >= whole.data() && part.data() + part.size() <= whole.data() + whole.size());
}

void stat(std::string_view text) {
  const auto parsed = parse_stat(text);
  if (!parsed) return;
  touch(parsed->comm);
  require(is_inside(parsed->comm, text), "comm is a part of the text");
  require(kernel_comm(*parsed).size() <= 15, "the kernel's name has 15 bytes at most");
  require(is_inside(kernel_comm(*parsed), parsed->comm), "the kernel's name is a part of comm");
  static_cast<void>(tty_name(parsed->tty_nr));
}

void cgroup(std::string_view text) {
  const auto path = parse_cgroup(text);
  require(is_inside(path, text) && (path.empty() || path.front() == '/'), "a cgroup's path begins with /");
  const Container container = container_of(path);
  require(container.id().size() <= path.size(), "a container's name is a part of the path, or shorter");
}

void users(std::string_view text) {
  const int fd = memfd_create("passwd", MFD_CLOEXEC);
  require(fd >= 0, "memfd_create");
  require(write(fd, text.data(), text.size()) == static_cast<ssize_t>(text.size()), "write");
  UserNames names("/proc/self/fd/" + std::to_string(fd));
  close(fd);
  for (const std::uint32_t uid : {0U, 1U, 1000U, 0xffff'ffffU}) {
    const std::string_view name = names.name(uid);
    require(!name.empty(), "each user has a name or a number");
    touch(name);
  }
  static_cast<void>(names.uid("root"));
}

void parse(std::uint8_t which, std::string_view text) {
  switch (which % 7) {
    case 0:
      return stat(text);
    case 1:
      static_cast<void>(parse_status(text));
      return;
    case 2:
      return cgroup(text);
    case 3:
      static_cast<void>(parse_namespace_link(text));
      return;
    case 4:
      static_cast<void>(parse_clock_offset(text, "boottime"));
      return;
    case 5:
      return users(text);
    default:
      static_cast<void>(container_of(text));
      return;
  }
}

}  // namespace
}  // namespace proctree::fuzz

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const proctree::fuzz::Exact text({data + 1, size - 1});
  proctree::fuzz::parse(data[0], text.text());
  return 0;
}
