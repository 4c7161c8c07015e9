// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// Where events come from.
#pragma once

#include <cstdint>

namespace proctree {

enum class EventSource : std::uint8_t {
  bpf,      // CAP_BPF and CAP_PERFMON (Linux 5.10 and newer, with BTF), or root
  netlink,  // the kernel's proc connector: CAP_NET_ADMIN; fewer facts, and lineage is never sure
};

}  // namespace proctree
