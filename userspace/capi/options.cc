// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// The options of the C interface as those of the C++ one.
#include <chrono>
#include <string>
#include <vector>

#include "capi/handle.hpp"

namespace proctree::capi {

namespace {

static_assert(static_cast<int>(RingKind::percpu) == PROCTREE_RING_PERCPU &&
              static_cast<int>(RingKind::kernel) == PROCTREE_RING_KERNEL);
static_assert(kKeepArgs == PROCTREE_KEEP_ARGS && kKeepCwd == PROCTREE_KEEP_CWD &&
              kKeepContainer == PROCTREE_KEEP_CONTAINER && kKeepCredentials == PROCTREE_KEEP_CREDENTIALS &&
              kKeepTty == PROCTREE_KEEP_TTY && kKeepEntry == PROCTREE_KEEP_ENTRY &&
              kKeepAll == PROCTREE_KEEP_ALL);

void add(const char* const* from, std::vector<std::string>& to) {
  for (; from != nullptr && *from != nullptr; ++from) to.emplace_back(*from);
}

}  // namespace

proctree_options default_options() {
  const TracerOptions defaults;
  proctree_options options{};
  options.size = sizeof options;
  options.source = PROCTREE_SOURCE_BPF;
  options.records = PROCTREE_FORKS | PROCTREE_EXECS | PROCTREE_EXITS;
  options.ring_bytes = defaults.ring_bytes;
  options.memory_max = defaults.memory_max;
  options.args_max = defaults.args_max;
  options.exited_ttl_s = static_cast<std::uint32_t>(defaults.exited_ttl.count());
  options.exited_max = defaults.exited_max;
  options.ancestor_args = defaults.ancestor_args;
  options.env_max = defaults.env_max;
  options.proc_root = "/proc";
  return options;
}

namespace {

constexpr std::uint32_t kAllRecords = PROCTREE_FORKS | PROCTREE_EXECS | PROCTREE_EXITS | PROCTREE_RUNNING |
                                      PROCTREE_FAILED_EXECS | PROCTREE_RESYNCED | PROCTREE_FORGOTTEN;

}  // namespace

const char* what_is_wrong(const proctree_options& options) {
  if (options.source > PROCTREE_SOURCE_NETLINK) return "there is no such source (enum proctree_source)";
  if (options.ring > PROCTREE_RING_KERNEL) return "there is no such ring (enum proctree_ring)";
  if ((options.records & ~kAllRecords) != 0) return "records has a bit that this library doesn't know";
  return nullptr;
}

TracerOptions from_c_options(const proctree_options& from) {
  TracerOptions to;
  to.source = from.source == PROCTREE_SOURCE_NETLINK ? ::proctree::EventSource::netlink
                                                     : ::proctree::EventSource::bpf;
  to.forks = (from.records & PROCTREE_FORKS) != 0;
  to.execs = (from.records & PROCTREE_EXECS) != 0;
  to.exits = (from.records & PROCTREE_EXITS) != 0;
  to.running = (from.records & PROCTREE_RUNNING) != 0;
  to.failed_execs = (from.records & PROCTREE_FAILED_EXECS) != 0;
  to.resynced = (from.records & PROCTREE_RESYNCED) != 0;
  to.forgotten = (from.records & PROCTREE_FORGOTTEN) != 0;
  to.ring_bytes = from.ring_bytes;
  to.memory_max = from.memory_max;
  to.args_max = from.args_max;
  to.exited_ttl = std::chrono::seconds(from.exited_ttl_s);
  to.exited_max = from.exited_max;
  to.fair_kib = from.fair_kib;
  to.ring = static_cast<::proctree::RingKind>(from.ring);
  to.ancestor_args = from.ancestor_args;
  to.keep = from.keep;
  to.env_max = from.env_max;
  to.stdio = from.stdio;
  add(from.env, to.env);
  add(from.comms, to.comms);
  add(from.users, to.users);
  add(from.exclude_exes, to.exclude_exes);
  add(from.exclude_containers, to.exclude_containers);
  add(from.exclude_users, to.exclude_users);
  to.exclude_own = from.exclude_own;
  to.followable = from.followable;
  add(from.containers, to.containers);
  add(from.under_comms, to.under_comms);
  for (const std::uint32_t* pid = from.under_pids; pid != nullptr && *pid != 0; ++pid) {
    to.under_pids.push_back(*pid);
  }
  if (from.proc_root != nullptr) to.proc_root = from.proc_root;
  return to;
}

}  // namespace proctree::capi
