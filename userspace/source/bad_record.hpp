// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// A record of the kernel side's that can't be used ends nothing: it is told as a loss of what can be read of
// it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "tree/event.hpp"

namespace proctree {

// No pid is as large (include/linux/threads.h PID_MAX_LIMIT).
inline constexpr std::uint32_t kPidsEnd = 4 * 1024 * 1024;

// One of the ring's, or of an iterator's output. It counts as the event that it was, or may have been.
[[nodiscard]] LostEvent bad_record(std::span<const std::byte> record, std::uint64_t since_ns,
                                   std::uint64_t until_ns);

}  // namespace proctree
