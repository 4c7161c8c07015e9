// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// Where events come from.
#pragma once

#include <cstdint>

#include "proctree/cxx20.hpp"  // first: what follows takes it

namespace proctree {

enum class EventSource : std::uint8_t {
  bpf,      // CAP_BPF and CAP_PERFMON (Linux 5.8 and newer, with BTF), or root
  netlink,  // the kernel's proc connector: CAP_NET_ADMIN before Linux 6.6; fewer facts, and lineage is never
            // sure
};

// What carries events from the BPF programs to userspace.
enum class RingKind : std::uint8_t {
  automatic,  // per-cpu rings where they load, else the kernel's
  percpu,     // one a cpu without any lock (Linux 5.12 and newer)
  kernel,     // the kernel's ring buffer, one for all cpus
};

}  // namespace proctree
