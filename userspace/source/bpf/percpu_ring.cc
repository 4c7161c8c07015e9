// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "source/bpf/percpu_ring.hpp"

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <ctime>
#include <utility>

#include "base/host_clock.hpp"
#include "base/try.hpp"

namespace proctree {

namespace {

constexpr std::uint64_t kRegionLeast = 64 * 1024;

std::uint64_t page_bytes() { return static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE)); }

std::uint64_t whole_pages(std::uint64_t bytes) {
  return (bytes + page_bytes() - 1) / page_bytes() * page_bytes();
}

}  // namespace

std::uint64_t PercpuSizes::element() const { return whole_pages(region_offset + region_bytes + slack_bytes); }

std::optional<PercpuSizes> PercpuSizes::within(std::uint64_t most) const {
  const std::uint64_t bytes = most - region_offset - whole_pages(slack_bytes);
  if (bytes >= region_bytes || bytes < region_bytes / 20 * 19) return std::nullopt;
  return PercpuSizes{region_offset, bytes, slack_bytes};
}

PercpuSizes percpu_sizes(std::uint64_t ring_bytes, std::size_t cpus, std::uint64_t largest_record) {
  const std::uint64_t slack = PT_FRAMED(largest_record);
  const std::uint64_t least = std::min(ring_bytes, std::max(kRegionLeast, whole_pages(2 * slack)));
  return {page_bytes(), std::max(ring_bytes / cpus / page_bytes() * page_bytes(), least), slack};
}

Result<std::unique_ptr<PercpuRing>> PercpuRing::map(int rings_fd, const PercpuSizes& sizes, std::size_t cpus,
                                                    std::unique_ptr<KernelRing> bell,
                                                    const __u64* numbers_taken) {
  std::unique_ptr<PercpuRing> ring(new PercpuRing);
  ring->bell_ = std::move(bell);
  const std::size_t element = sizes.element();
  const auto* all =
      static_cast<const std::byte*>(PROCTREE_TRY(ring->map_part(rings_fd, 0, element * cpus, PROT_READ)));
  std::vector<RingMerge::Region> regions;
  for (std::size_t cpu = 0; cpu < cpus; ++cpu) {
    auto* state = static_cast<pt_ring_state*>(
        PROCTREE_TRY(ring->map_part(rings_fd, cpu * element, sizes.region_offset, PROT_READ | PROT_WRITE)));
    regions.push_back({state,
                       {all + cpu * element + sizes.region_offset, sizes.region_bytes + sizes.slack_bytes},
                       sizes.region_bytes});
  }
  ring->merge_ =
      std::make_unique<RingMerge>(regions, numbers_taken, [] { return host_clock_ns(CLOCK_MONOTONIC); });
  return ring;
}

PercpuRing::~PercpuRing() {
  for (const Mapping& mapping : mappings_) munmap(mapping.at, mapping.bytes);
}

Result<void*> PercpuRing::map_part(int fd, std::size_t offset, std::size_t bytes, int protection) {
  void* at = mmap(nullptr, bytes, protection, MAP_SHARED, fd, static_cast<off_t>(offset));
  if (at == MAP_FAILED) return fail_errno("can't map the per-cpu rings", errno);
  mappings_.push_back({at, bytes});
  return at;
}

void PercpuRing::release() {
  merge_->release();
  static_cast<void>(bell_->next());  // nothing but what was rung, which is done with
  bell_->release();
}

}  // namespace proctree
