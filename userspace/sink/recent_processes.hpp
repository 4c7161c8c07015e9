// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// The last processes of some kind, a bounded number.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/hash_index.hpp"
#include "proctree/facts.hpp"
#include "sink/by_process.hpp"

namespace proctree {

class RecentProcesses {
 public:
  void add(const ProcKey& process) {
    if (contains(process)) return;
    if (ring_.size() < kMax) {
      ring_.push_back(process);
    } else {
      index_.erase(hash_of(ring_[next_]), next_);
      ring_[next_] = process;
    }
    index_.add(hash_of(process), next_);
    next_ = (next_ + 1) % kMax;
  }
  [[nodiscard]] bool contains(const ProcKey& process) const {
    return index_.find(hash_of(process), [&](std::uint32_t at) { return ring_[at] == process; }) !=
           HashIndex::kNone;
  }

 private:
  static constexpr std::uint32_t kMax = 4096;

  std::vector<ProcKey> ring_;
  std::uint32_t next_ = 0;
  HashIndex index_;
};

}  // namespace proctree
