// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "base/huge_memory.hpp"

#include <sys/mman.h>

#include <cstdint>
#include <new>

namespace proctree {

void* take_large(std::size_t bytes, bool in_huge_pages) {
  // More than is wanted, so that an aligned part of it can stay.
  const std::size_t mapped = bytes + kHugePage;
  void* memory = ::mmap(nullptr, mapped, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) throw std::bad_alloc();
  auto* const begin = static_cast<std::byte*>(memory);
  const std::size_t misplaced = reinterpret_cast<std::uintptr_t>(begin) % kHugePage;
  const std::size_t before = misplaced == 0 ? 0 : kHugePage - misplaced;
  if (before != 0) ::munmap(begin, before);
  const std::size_t behind = mapped - before - bytes;
  if (behind != 0) ::munmap(begin + before + bytes, behind);
  // A hint: where it isn't taken, pages are small.
  if (in_huge_pages) ::madvise(begin + before, bytes, MADV_HUGEPAGE);
  return begin + before;
}

void free_large(void* memory, std::size_t bytes) { ::munmap(memory, bytes); }

}  // namespace proctree
