// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// kernel.core_pattern where it is a pipe: a program, and arguments among which the kernel puts the crash's
// facts.
#pragma once

#include <cstdint>
#include <string_view>

namespace proctree::entry {

// The pid in the initial namespace of the process that crashed, by the argument for %P; 0: these are not the
// arguments of this pattern's program, or it has none for that.
[[nodiscard]] std::uint32_t crashed_pid(std::string_view pattern, std::string_view args);

}  // namespace proctree::entry
