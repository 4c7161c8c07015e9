// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// The unused places of an array. The one released last is reused first, since it is the likeliest to be in
// the cache.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace proctree {

class FreeIds {
 public:
  // One that was released, or else what `grow` returns: the number of a place that it adds to the array.
  template <class Grow>
  std::uint32_t take(Grow&& grow) {
    if (ids_.empty()) return static_cast<std::uint32_t>(grow());
    const std::uint32_t id = ids_.back();
    ids_.pop_back();
    return id;
  }
  void release(std::uint32_t id) { ids_.push_back(id); }
  [[nodiscard]] std::size_t size() const { return ids_.size(); }

 private:
  std::vector<std::uint32_t> ids_;
};

}  // namespace proctree
