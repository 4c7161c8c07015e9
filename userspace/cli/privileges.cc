// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "cli/privileges.hpp"

#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <system_error>

#include "base/try.hpp"

namespace proctree {

namespace {

constexpr unsigned kMostCapabilities = 64;

struct CapabilitySets {
  std::uint64_t effective = 0, permitted = 0;
};

Result<CapabilitySets> own_capabilities() {
  __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
  std::array<__user_cap_data_struct, _LINUX_CAPABILITY_U32S_3> words{};
  if (::syscall(SYS_capget, &header, words.data()) != 0) return fail_errno("can't read capabilities", errno);
  const auto joined = [](std::uint32_t low, std::uint32_t high) { return std::uint64_t{high} << 32 | low; };
  return CapabilitySets{joined(words[0].effective, words[1].effective),
                        joined(words[0].permitted, words[1].permitted)};
}

// The inheritable set is emptied, and with it the ambient one.
Result<void> set_capabilities(const CapabilitySets& sets) {
  __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
  std::array<__user_cap_data_struct, _LINUX_CAPABILITY_U32S_3> words{};
  for (unsigned i = 0; i < words.size(); ++i) {
    words[i].effective = static_cast<std::uint32_t>(sets.effective >> (32 * i));
    words[i].permitted = static_cast<std::uint32_t>(sets.permitted >> (32 * i));
  }
  if (::syscall(SYS_capset, &header, words.data()) != 0)
    return fail_errno("can't let capabilities go", errno);
  return {};
}

// Only matters to programs that would be executed. Without CAP_SETPCAP the set stays as it was at the start.
Result<void> empty_bounding_set() {
  for (unsigned capability = 0; capability < kMostCapabilities; ++capability) {
    if (::prctl(PR_CAPBSET_DROP, capability, 0, 0, 0) == 0) continue;
    if (errno == EINVAL || errno == EPERM) return {};  // past the last one
    return fail_errno("can't empty the capability bounding set", errno);
  }
  return {};
}

Result<void> become(const Account& account) {
  static constexpr const char* kRemedy = "run it as root, or as that user with the capabilities it needs";
  const std::string failed = "can't run on as " + account.name;
  const bool may_dump = ::prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) != 0;
  // The permitted set survives the change of the uid; it is reduced afterwards.
  if (::prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) != 0) return fail_errno(failed, errno);
  if (::setgroups(account.groups.size(), account.groups.data()) != 0 ||
      ::setresgid(account.gid, account.gid, account.gid) != 0 ||
      ::setresuid(account.uid, account.uid, account.uid) != 0) {
    return fail_errno(failed, errno, kRemedy);
  }
  if (!may_dump) forbid_core_dumps();  // which a change of ids undoes
  return {};
}

}  // namespace

NeededPrivileges privileges_to_follow(EventSource kind, const Source& source) {
  if (kind == EventSource::netlink)
    return {.always = std::uint64_t{1} << CAP_SYS_PTRACE, .on_demand = 0, .suffices = {}};
  return {.always = 0, .on_demand = std::uint64_t{1} << CAP_BPF, .suffices = [&source]() -> Result<void> {
            static_cast<void>(PROCTREE_TRY(source.counters()));
            return {};
          }};
}

Result<void> reduce_privileges(const NeededPrivileges& needed, const std::optional<Account>& account) {
  if (auto emptied = empty_bounding_set(); !emptied) return emptied;
  if (account) {
    if (auto became = become(*account); !became) return became;
  }
  if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return fail_errno("can't set no_new_privs", errno);

  const auto held = PROCTREE_TRY(own_capabilities());
  const std::uint64_t retained = held.permitted & needed.always;
  const std::uint64_t at_most = held.permitted & (needed.always | needed.on_demand);
  if (auto set = set_capabilities({retained, at_most}); !set) return set;
  if (at_most == retained) return {};
  auto suffices = needed.suffices();
  if (suffices) return set_capabilities({retained, retained});
  if (suffices.error().code != ErrorCode::permission) return suffices;
  return set_capabilities({at_most, at_most});
}

std::optional<std::string> why_not_reopen(const std::string& path) {
  struct stat status {};
  if (path == "-" || (::stat(path.c_str(), &status) == 0 && !S_ISREG(status.st_mode))) return std::nullopt;
  const std::size_t slash = path.rfind('/');
  const std::string folder = slash == std::string::npos ? "." : path.substr(0, slash + 1);
  if (::faccessat(AT_FDCWD, folder.c_str(), W_OK | X_OK, AT_EACCESS) == 0) return std::nullopt;
  return folder + ": " + std::generic_category().message(errno);
}

bool holds_capabilities(std::uint64_t capabilities) {
  const auto held = own_capabilities();
  return held && (held->permitted & capabilities) == capabilities;
}

void forbid_core_dumps() { ::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0); }

}  // namespace proctree
