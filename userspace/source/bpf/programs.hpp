// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// The BPF programs: four objects, the same programs with and without calls of kfuncs (bpf/kfuncs.bpf.h), and
// with the kernel's ring or per-cpu rings (bpf/ring.bpf.h), behind one skeleton. The build holds that all
// have the same maps and settings (cmake/SameSkeleton.cmake).
#pragma once

#include <string_view>
#include <vector>

#include "proctree/event_source.hpp"
// The skeleton needs the types of the first.
// clang-format off
#include "proctree_event.h"
#include "proctree.skel.h"
// clang-format on

namespace proctree {

struct KernelTypes;

struct ProgramsKind {
  bool kfuncs = false;
  bool percpu_ring = false;
  bool operator==(const ProgramsKind&) const = default;
};

// The kernel's own errno for what its BPF can't do: a call of a kfunc without a JIT. No libc knows it.
inline constexpr int kKernelNotSupported = 524;  // ENOTSUPP

// What to try, the best first: kfuncs where they are there and the JIT isn't off. `jit_setting` is the text
// of /proc/sys/net/core/bpf_jit_enable; empty says nothing, for it is not shown in every network namespace.
[[nodiscard]] std::vector<ProgramsKind> programs_for(const KernelTypes& types, std::string_view jit_setting,
                                                     RingKind ring);

// To be loaded by proctree_bpf__load and freed by proctree_bpf__destroy; null with errno. `btf_path`: types
// to take in place of the running kernel's.
[[nodiscard]] proctree_bpf* open_programs(const ProgramsKind& kind, const char* btf_path = nullptr);

}  // namespace proctree
