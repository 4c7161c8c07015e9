// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// The process that may read what others execute: started before the tracer gives up its privileges, it has
// none but those that this takes, and does nothing but hash files that the tracer names.
//
// It is two processes. One opens and reads; the other only restarts it after a file system has blocked it for
// too long, or it has been killed. Both end as soon as the tracer does.
#pragma once

#include <functional>

#include "base/file_descriptor.hpp"
#include "hash/messages.hpp"
#include "proctree/error.hpp"

namespace proctree {

// To be called while the process has one thread. `confine` is called in the helper, before anything else, and
// gives up what it doesn't need; its error is returned here. Returns the tracer's end of the socket.
[[nodiscard]] Result<FileDescriptor> start_hash_helper(const std::function<Result<void>()>& confine,
                                                       HashLimits limits = {});

}  // namespace proctree
