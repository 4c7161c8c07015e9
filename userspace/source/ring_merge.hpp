// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// The records of all cpus' regions (bpf/proctree_ring.h) in the order of their numbers.
//
// A number that is taken and not yet published is waited for, at most a second: no program that takes one can
// be preempted, but a guest's cpu can be. Then it is passed over and counted, and what appears there later is
// dropped.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "proctree_ring.h"

namespace proctree {

class RingMerge {
 public:
  struct Region {
    pt_ring_state* state = nullptr;
    std::span<const std::byte> data;  // with the slack behind it
    std::uint64_t bytes = 0;          // without
  };
  using Clock = std::function<std::uint64_t()>;  // monotonic, ns

  static constexpr std::uint64_t kPatienceNs = 1'000'000'000;
  static constexpr unsigned kPatienceLooks = 8;  // by a reader that was itself held up

  RingMerge(const std::vector<Region>& regions, const __u64* numbers_taken, Clock clock);

  [[nodiscard]] std::uint64_t numbers_taken() const;
  [[nodiscard]] std::uint64_t next_number() const { return next_; }
  [[nodiscard]] std::uint64_t unpublished() const { return unpublished_; }

  [[nodiscard]] std::span<const std::byte> next();
  void release();

 private:
  struct Cpu {
    Region region;
    std::uint64_t head = 0;      // as last looked at
    std::uint64_t tail = 0;      // up to where it was read
    std::uint64_t at = 0;        // and where that is in the region
    std::uint64_t size = 0;      // of the record there, as it was checked
    std::uint64_t released = 0;  // the tail that the producer knows
  };
  struct Front {  // a record that waits
    std::uint64_t number = 0;
    std::size_t cpu = 0;
  };

  [[nodiscard]] bool find_next();
  [[nodiscard]] bool waited_long();
  void look_at_empty();
  [[nodiscard]] bool find_front(std::size_t cpu, Front& front);
  void push(const Front& front);
  void pass();
  static void skip(Cpu& cpu);
  static void resynchronise(Cpu& cpu);

  std::vector<Cpu> cpus_;
  std::vector<Front> fronts_;       // a heap, the lowest number first
  std::vector<std::size_t> empty_;  // cpus without a front
  const __u64* numbers_taken_;
  Clock clock_;
  std::uint64_t next_ = 0;
  std::uint64_t unpublished_ = 0;
  std::uint64_t waiting_since_ = 0;
  std::uint64_t waiting_for_ = ~std::uint64_t{0};
  unsigned looks_ = 0;
};

}  // namespace proctree
