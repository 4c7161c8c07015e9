// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "source/bpf/kernel_ring.hpp"

#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>

namespace proctree {

namespace {

constexpr std::uint32_t kBusy = std::uint32_t{1} << 31;
constexpr std::uint32_t kDiscarded = std::uint32_t{1} << 30;
constexpr std::size_t kHeader = 8;

template <class T>
T load_acquire(const T* from) {
  return __atomic_load_n(from, __ATOMIC_ACQUIRE);
}

}  // namespace

Result<std::unique_ptr<KernelRing>> KernelRing::map(int map_fd, std::size_t bytes) {
  std::unique_ptr<KernelRing> ring(new KernelRing);
  ring->fd_ = map_fd;
  ring->mask_ = bytes - 1;
  ring->page_ = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
  void* consumer = mmap(nullptr, ring->page_, PROT_READ | PROT_WRITE, MAP_SHARED, map_fd, 0);
  if (consumer == MAP_FAILED) return fail_errno("can't map the ring buffer", errno);
  ring->consumer_ = static_cast<std::uint64_t*>(consumer);
  void* producer =
      mmap(nullptr, ring->page_ + 2 * bytes, PROT_READ, MAP_SHARED, map_fd, static_cast<off_t>(ring->page_));
  if (producer == MAP_FAILED) return fail_errno("can't map the ring buffer", errno);
  ring->producer_ = static_cast<const std::uint64_t*>(producer);
  ring->data_ = static_cast<const std::byte*>(producer) + ring->page_;
  ring->at_ = ring->released_ = load_acquire(ring->consumer_);
  return ring;
}

KernelRing::~KernelRing() {
  if (consumer_ != nullptr) munmap(consumer_, page_);
  if (producer_ != nullptr) munmap(const_cast<std::uint64_t*>(producer_), page_ + 2 * (mask_ + 1));
}

std::uint64_t KernelRing::produced() const { return load_acquire(producer_); }

// The header at the reader's place, with its word; null where none has been committed there.
const std::byte* KernelRing::committed(std::uint32_t& word) const {
  if (at_ >= produced()) return nullptr;
  const std::byte* header = data_ + (at_ & mask_);
  word = load_acquire(reinterpret_cast<const std::uint32_t*>(header));
  return (word & kBusy) != 0 ? nullptr : header;
}

std::span<const std::byte> KernelRing::next() {
  std::uint32_t word = 0;
  while (const std::byte* header = committed(word)) {
    const std::size_t length = word & ~kDiscarded;
    at_ += (kHeader + length + 7) & ~std::size_t{7};
    if ((word & kDiscarded) == 0) return {header + kHeader, length};
  }
  return {};
}

void KernelRing::release() {
  if (at_ == released_) return;
  released_ = at_;
  __atomic_store_n(consumer_, at_, __ATOMIC_RELEASE);
}

}  // namespace proctree
