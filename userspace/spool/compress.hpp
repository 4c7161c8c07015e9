// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// One file into one zstd frame, its size in the frame's header: several readers read only the first frame of
// a file, or none without a size.
#pragma once

#include <cstdint>

#include "proctree/error.hpp"

namespace proctree {

// From the beginning of `from` to its end, into `to`; returns the bytes written. The window is 512 KiB: any
// decoder takes it.
[[nodiscard]] Result<std::uint64_t> compress_file(int from, int to);

}  // namespace proctree
