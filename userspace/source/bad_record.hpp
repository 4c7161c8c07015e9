// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// A bad record of the kernel side's ends nothing: it is reported as a loss, with what can be read of it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "tree/event.hpp"

namespace proctree {

// No pid is as large (include/linux/threads.h PID_MAX_LIMIT).
inline constexpr std::uint32_t kPidsEnd = 4 * 1024 * 1024;

// A record of the ring or of an iterator's output. It counts as the event that it was, or may have been.
[[nodiscard]] LostEvent bad_record(std::span<const std::byte> record, std::uint64_t since_ns,
                                   std::uint64_t until_ns);

}  // namespace proctree
