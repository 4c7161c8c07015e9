// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// What decides which programs fit the running kernel, from its type information.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "proctree/error.hpp"

struct btf;

namespace proctree {

struct FreeBtf {
  void operator()(btf* types) const;
};
using Btf = std::unique_ptr<btf, FreeBtf>;

struct KernelTypes {
  bool exit_reports_group_dead = false;  // sched_process_exit(task, group_dead), since 6.16
  bool preemptible_tracepoints = false;  // programs on them may be preempted, since 7.0
  bool task_rename = false;              // the tracepoint is there, and says the new name
  bool kfuncs = false;                   // all that bpf/proctree_kfuncs.bpf.c calls
  // PREEMPT_RT before the ring buffer's lock became a raw one (6.12, and what took it over since): a
  // spinlock_t sleeps there, and programs that reserve from a tracepoint harm the host.
  bool ring_lock_sleeps = false;
  std::optional<std::int32_t> cgroup_subsys;
};

// `cgroup_enum`: the name of a value of enum cgroup_subsys_id, or empty.
[[nodiscard]] KernelTypes kernel_types_of(const btf* types, const std::string& cgroup_enum);
// Those of the running kernel.
[[nodiscard]] Result<KernelTypes> read_kernel_types(const std::string& cgroup_enum);

}  // namespace proctree
