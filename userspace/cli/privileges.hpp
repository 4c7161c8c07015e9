// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// The privileges of a tracer once it has begun: as few as its source needs from there on.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "procfs/account.hpp"
#include "proctree/error.hpp"
#include "proctree/event_source.hpp"
#include "source/source.hpp"

namespace proctree {

struct NeededPrivileges {
  std::uint64_t always = 0;                // capabilities, as a mask of their numbers
  std::uint64_t on_demand = 0;             // those retained only where `suffices` fails without them
  std::function<Result<void>()> suffices;  // called only where it has one of them
};

// The capabilities that following takes once it has begun; `source` outlives the result. The proc connector's
// messages are completed from /proc, where reading other users' processes takes the right to trace them. The
// programs, the ring and the task iterator are open by then and need nothing, except on kernels before 5.19,
// which require CAP_BPF for every bpf(2) call where kernel.unprivileged_bpf_disabled is set.
[[nodiscard]] NeededPrivileges privileges_to_follow(EventSource kind, const Source& source);

// Drops all other capabilities for good, from every set; no program executed later can give them back
// (no_new_privs). With an account, takes that user's ids and groups. Affects this thread, and so all that it
// starts; to be called while there is no other.
Result<void> reduce_privileges(const NeededPrivileges& needed, const std::optional<Account>& account);

// Whether this process has these, a mask of their numbers, in its permitted set.
[[nodiscard]] bool holds_capabilities(std::uint64_t capabilities);

// For a process whose memory holds other programs' secrets: no core dump, and no reading by its own user.
// reduce_privileges() leaves it so.
void forbid_core_dumps();

// Why SIGHUP could not open `path` again: this process as it is now can't create a file beside it.
[[nodiscard]] std::optional<std::string> why_not_reopen(const std::string& path);

}  // namespace proctree
