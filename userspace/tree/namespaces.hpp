// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// The host's own namespaces by their inode numbers, which are part of the kernel's ABI: PROC_PID_INIT_INO
// and PROC_USER_INIT_INO of include/linux/proc_ns.h.
#pragma once

#include <cstdint>

namespace proctree {

inline constexpr std::uint64_t kInitialPidNamespace = 0xeffffffc;
inline constexpr std::uint64_t kInitialUserNamespace = 0xeffffffd;

}  // namespace proctree
