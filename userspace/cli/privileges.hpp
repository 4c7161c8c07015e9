// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// What a tracer may still do once it has begun: as little as its source needs from there on.
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
  std::uint64_t on_demand = 0;             // those kept only where `suffices` fails for want of them
  std::function<Result<void>()> suffices;  // asked only where one of them is held
};

// What following takes of capabilities once it has begun; `source` outlives what is answered. The proc
// connector's messages are completed from /proc, where what other users run is for who may trace it. The
// programs, the ring and the task iterator are open by then and ask for nothing, except on kernels before
// 5.19, which want CAP_BPF for every bpf(2) call where kernel.unprivileged_bpf_disabled is set.
[[nodiscard]] NeededPrivileges privileges_to_follow(EventSource kind, const Source& source);

// Lets all other capabilities go, for good: of every set, and no program executed later may give them back
// (no_new_privs). With an account, that user's ids and groups are taken on. Of this thread, and so of all
// that it starts; to be called while there is no other.
Result<void> reduce_privileges(const NeededPrivileges& needed, const std::optional<Account>& account);

// Whether this process has these, a mask of their numbers, to use or to take up.
[[nodiscard]] bool holds_capabilities(std::uint64_t capabilities);

// Of a process whose memory passes other programs' secrets: no core dump, and no reading by its own user.
// reduce_privileges() leaves it so.
void forbid_core_dumps();

// Why SIGHUP could not open `path` anew, where this process as it is now can make no file beside it.
[[nodiscard]] std::optional<std::string> why_not_reopen(const std::string& path);

}  // namespace proctree
