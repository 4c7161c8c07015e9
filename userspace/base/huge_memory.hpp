// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// Memory from the kernel for large tables.
#pragma once

#include <cstddef>

namespace proctree {

inline constexpr std::size_t kHugePage = std::size_t{2} << 20;

// Zeroed, aligned to kHugePage, and not there before it is touched; `in_huge_pages`: in as large pages as the
// kernel will give. Throws std::bad_alloc.
[[nodiscard]] void* take_large(std::size_t bytes, bool in_huge_pages);
void free_large(void* memory, std::size_t bytes);

}  // namespace proctree
