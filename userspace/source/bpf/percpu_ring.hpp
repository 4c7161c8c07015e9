// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// The reader's side of the per-cpu rings (bpf/percpu_ring.bpf.h): their memory, and the kernel's ring beside
// them, which wakes us. Data is mapped for reading alone, and of each cpu the page of state for writing too.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "proctree/error.hpp"
#include "source/bpf/kernel_ring.hpp"
#include "source/bpf/ring.hpp"
#include "source/ring_merge.hpp"

namespace proctree {

// How much of the memory each cpu has.
struct PercpuSizes {
  std::uint64_t region_offset = 0;  // a page
  std::uint64_t region_bytes = 0;
  std::uint64_t slack_bytes = 0;                // the largest record with its frame
  [[nodiscard]] std::uint64_t element() const;  // of the array, whole pages
  // The same with elements of at most that many bytes, where that takes next to nothing off.
  [[nodiscard]] std::optional<PercpuSizes> within(std::uint64_t most) const;
};
// `ring_bytes` for all cpus together, but none has less than 64 KiB and two of the largest records, or all of
// `ring_bytes` where that is less.
[[nodiscard]] PercpuSizes percpu_sizes(std::uint64_t ring_bytes, std::size_t cpus,
                                       std::uint64_t largest_record);

class PercpuRing final : public Ring {
 public:
  static Result<std::unique_ptr<PercpuRing>> map(int rings_fd, const PercpuSizes& sizes, std::size_t cpus,
                                                 std::unique_ptr<KernelRing> bell,
                                                 const __u64* numbers_taken);
  PercpuRing(const PercpuRing&) = delete;
  PercpuRing& operator=(const PercpuRing&) = delete;
  ~PercpuRing() override;

  [[nodiscard]] std::uint64_t produced() const override { return merge_->numbers_taken(); }
  [[nodiscard]] std::uint64_t read_position() const override { return merge_->next_number(); }
  [[nodiscard]] std::span<const std::byte> next() override { return merge_->next(); }
  void release() override;
  [[nodiscard]] std::uint64_t unpublished() const override { return merge_->unpublished(); }
  [[nodiscard]] int fd() const override { return bell_->fd(); }

 private:
  struct Mapping {
    void* at;
    std::size_t bytes;
  };

  PercpuRing() = default;
  Result<void*> map_part(int fd, std::size_t offset, std::size_t bytes, int protection);

  std::vector<Mapping> mappings_;
  std::unique_ptr<KernelRing> bell_;
  std::unique_ptr<RingMerge> merge_;
};

}  // namespace proctree
