// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// What all files that we write have in common: who may read them, and the remedy where they can't be written.
#pragma once

#include <sys/types.h>

#include <string>

namespace proctree {

inline constexpr mode_t kFileMode = 0640;  // arguments may hold secrets: not for everyone

[[nodiscard]] std::string open_remedy(int system_errno);
[[nodiscard]] std::string write_remedy(int system_errno);

}  // namespace proctree
