// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "source/bpf/ring.hpp"

#include <linux/bpf.h>
#include <sys/mman.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <utility>

namespace proctree {

namespace {

constexpr std::uint32_t kBusy = std::uint32_t{1} << 31;
constexpr std::uint32_t kDiscarded = std::uint32_t{1} << 30;
constexpr std::size_t kHeader = 8;

template <class T>
T load_acquire(const T* from) {
  return std::atomic_ref<T>(*const_cast<T*>(from)).load(std::memory_order_acquire);
}

}  // namespace

Result<Ring> Ring::map(int map_fd, std::size_t bytes) {
  Ring ring;
  ring.fd_ = map_fd;
  ring.mask_ = bytes - 1;
  ring.page_ = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
  void* consumer = mmap(nullptr, ring.page_, PROT_READ | PROT_WRITE, MAP_SHARED, map_fd, 0);
  if (consumer == MAP_FAILED) return fail_errno("can't map the ring buffer", errno);
  ring.consumer_ = static_cast<std::uint64_t*>(consumer);
  void* producer =
      mmap(nullptr, ring.page_ + 2 * bytes, PROT_READ, MAP_SHARED, map_fd, static_cast<off_t>(ring.page_));
  if (producer == MAP_FAILED) return fail_errno("can't map the ring buffer", errno);
  ring.producer_ = static_cast<const std::uint64_t*>(producer);
  ring.data_ = static_cast<const std::byte*>(producer) + ring.page_;
  ring.at_ = load_acquire(ring.consumer_);
  return ring;
}

Ring::Ring(Ring&& other) noexcept { *this = std::move(other); }

Ring& Ring::operator=(Ring&& other) noexcept {
  if (this == &other) return *this;
  unmap();
  fd_ = other.fd_;
  mask_ = other.mask_;
  page_ = other.page_;
  at_ = other.at_;
  consumer_ = std::exchange(other.consumer_, nullptr);
  producer_ = std::exchange(other.producer_, nullptr);
  data_ = other.data_;
  return *this;
}

Ring::~Ring() { unmap(); }

void Ring::unmap() {
  if (consumer_ != nullptr) munmap(consumer_, page_);
  if (producer_ != nullptr) munmap(const_cast<std::uint64_t*>(producer_), page_ + 2 * (mask_ + 1));
}

std::uint64_t Ring::produced() const { return load_acquire(producer_); }

std::span<const std::byte> Ring::next() {
  while (at_ < produced()) {
    const std::byte* header = data_ + (at_ & mask_);
    const std::uint32_t word = load_acquire(reinterpret_cast<const std::uint32_t*>(header));
    if ((word & kBusy) != 0) return {};
    const std::size_t length = word & ~(kBusy | kDiscarded);
    at_ += (kHeader + length + 7) & ~std::size_t{7};
    if ((word & kDiscarded) == 0) return {header + kHeader, length};
  }
  return {};
}

void Ring::release() { std::atomic_ref<std::uint64_t>(*consumer_).store(at_, std::memory_order_release); }

}  // namespace proctree
