// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// Which container a cgroup path stands for.
#pragma once

#include <string_view>

namespace proctree {

// The 64 hex digits of the container's id, a view into `cgroup`; empty: none. Known are
// docker-ID.scope, cri-containerd-ID.scope, crio-ID.scope, libpod-ID.scope, and ID alone below
// /docker or /kubepods. Of nested containers the innermost counts.
//
// It is what the path says: who may make cgroups of such a name may say so of their own processes.
[[nodiscard]] std::string_view container_id_of(std::string_view cgroup);

}  // namespace proctree
