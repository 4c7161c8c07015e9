// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// Programs on tracepoints by their name in tracefs, of which system calls have one each.
#pragma once

#include "proctree/error.hpp"

struct bpf_link;
struct bpf_program;

namespace proctree {

// `name` is SYSTEM/EVENT. Reads the tracepoint's number where tracefs is mounted, or in a mount that no other
// process sees and that is gone afterwards. The link is the caller's to destroy.
[[nodiscard]] Result<bpf_link*> attach_to_tracepoint(const bpf_program* program, const char* name);

}  // namespace proctree
