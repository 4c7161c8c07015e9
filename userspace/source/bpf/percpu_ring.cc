// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "source/bpf/percpu_ring.hpp"

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <ctime>
#include <utility>

#include "base/host_clock.hpp"

namespace proctree {

namespace {

constexpr std::uint64_t kRegionLeast = 64 * 1024;
constexpr std::uint64_t kLargeRing = 256 * 1024;

std::uint64_t page_bytes() { return static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE)); }

std::uint64_t whole_pages(std::uint64_t bytes) {
  return (bytes + page_bytes() - 1) / page_bytes() * page_bytes();
}

std::uint64_t number_of(std::span<const std::byte> framed) {
  pt_frame frame;
  std::memcpy(&frame, framed.data(), sizeof frame);
  return frame.number;
}

}  // namespace

std::uint64_t PercpuSizes::element() const { return whole_pages(region_offset + region_bytes + PT_SLACK); }

std::optional<PercpuSizes> PercpuSizes::within(std::uint64_t most) const {
  const std::uint64_t bytes = most - region_offset - whole_pages(PT_SLACK);
  if (bytes >= region_bytes || bytes < region_bytes / 20 * 19) return std::nullopt;
  return PercpuSizes{region_offset, bytes};
}

PercpuSizes percpu_sizes(std::uint64_t ring_bytes, std::size_t cpus) {
  const std::uint64_t least = std::min(ring_bytes, kRegionLeast);
  return {page_bytes(), std::max(ring_bytes / cpus / page_bytes() * page_bytes(), least)};
}

std::uint64_t large_ring_bytes(std::uint64_t ring_bytes) { return std::min(ring_bytes, kLargeRing); }

Result<std::unique_ptr<PercpuRing>> PercpuRing::map(int rings_fd, const PercpuSizes& sizes, std::size_t cpus,
                                                    std::unique_ptr<KernelRing> large,
                                                    const std::uint64_t* numbers_taken) {
  std::unique_ptr<PercpuRing> ring(new PercpuRing);
  ring->large_ = std::move(large);
  const std::size_t element = sizes.element();
  const auto all = ring->map_part(rings_fd, 0, element * cpus, PROT_READ);
  if (!all) return tl::make_unexpected(all.error());
  std::vector<RingMerge::Region> regions;
  for (std::size_t cpu = 0; cpu < cpus; ++cpu) {
    const auto state = ring->map_part(rings_fd, cpu * element, sizes.region_offset, PROT_READ | PROT_WRITE);
    if (!state) return tl::make_unexpected(state.error());
    const std::byte* data = *all + cpu * element + sizes.region_offset;
    regions.push_back({reinterpret_cast<pt_ring_state*>(*state),
                       {data, sizes.region_bytes + PT_SLACK},
                       sizes.region_bytes});
  }
  ring->merge_ = std::make_unique<RingMerge>(
      regions, numbers_taken, [of = ring.get()](std::uint64_t number) { return of->take_large(number); },
      [] { return host_clock_ns(CLOCK_MONOTONIC); });
  return ring;
}

PercpuRing::~PercpuRing() {
  for (const Mapping& mapping : mappings_) munmap(mapping.at, mapping.bytes);
}

Result<std::byte*> PercpuRing::map_part(int fd, std::size_t offset, std::size_t bytes, int protection) {
  void* at = mmap(nullptr, bytes, protection, MAP_SHARED, fd, static_cast<off_t>(offset));
  if (at == MAP_FAILED) return fail_errno("can't map the per-cpu rings", errno);
  mappings_.push_back({at, bytes});
  return static_cast<std::byte*>(at);
}

// Of the kernel's ring too what nothing will ask for any more: rings of the bell, and large records whose
// numbers were passed over. They would take the room that the next bell needs.
void PercpuRing::release() {
  merge_->release();
  while (large_->skip_discarded()) {
    const auto bytes = large_->peek();
    if (bytes.size() >= sizeof(pt_frame) && number_of(bytes) >= merge_->next_number()) break;
    static_cast<void>(large_->next());
  }
  large_->release();
}

// Its hand-over came before its number was published, so that it is there; but one ahead of it may still be
// being copied.
std::span<const std::byte> PercpuRing::take_large(std::uint64_t number) {
  if (auto found = ahead_.extract(number); !found.empty()) {
    held_ = std::move(found.mapped());
    return held_;
  }
  std::erase_if(ahead_, [number](const auto& record) { return record.first < number; });
  for (;;) {
    const auto bytes = large_->next();
    if (bytes.size() < sizeof(pt_frame)) {
      if (bytes.empty()) return {};
      continue;
    }
    const std::uint64_t of = number_of(bytes);
    const auto record = bytes.subspan(sizeof(pt_frame));
    if (of == number) return record;
    if (of > number) ahead_.emplace(of, std::vector(record.begin(), record.end()));
  }
}

}  // namespace proctree
