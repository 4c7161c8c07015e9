// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// The file that a request is about, found and held open by a helper that may read what others run. All of it
// is in the hands of those: names that change, devices, file systems of their own.
#pragma once

#include "base/file_descriptor.hpp"
#include "hash/messages.hpp"
#include "tl/expected.hpp"
#include "tree/event.hpp"

namespace proctree {

struct HashableFile {
  FileDescriptor file;       // for reading; never blocks as a device or a pipe would
  FileState state;           // as it was when it was opened; of an executable, as when it was executed
  FileDescriptor process;    // /proc/PID of one that must execute it still; else invalid
  bool is_volatile = false;  // its state doesn't show each change
};

// An executable is taken from its process, as long as that runs (so that neither its path nor its having one
// matters), else by its path; it is the one with the request's state, or none. A script is what stands at its
// path now.
[[nodiscard]] tl::expected<HashableFile, HashOutcome> open_hashable(const HashRequest& request);

// Whether the open file is still in the state that it was opened in, and executed where it must be.
[[nodiscard]] bool is_unchanged(const HashableFile& file);

}  // namespace proctree
