// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// The embedder's pointers, one a process.
#pragma once

#include <cstddef>
#include <utility>
#include <vector>

#include "tree/node.hpp"

namespace proctree {

class UserData {
 public:
  void set(Slot slot, void* data) {
    if (slot >= by_slot_.size()) {
      if (data == nullptr) return;
      by_slot_.resize(std::size_t{slot} + 1);
    }
    by_slot_[slot] = data;
  }
  [[nodiscard]] void* get(Slot slot) const { return slot < by_slot_.size() ? by_slot_[slot] : nullptr; }
  void* take(Slot slot) { return slot < by_slot_.size() ? std::exchange(by_slot_[slot], nullptr) : nullptr; }
  [[nodiscard]] Slot slot_end() const { return static_cast<Slot>(by_slot_.size()); }

 private:
  std::vector<void*> by_slot_;  // empty before the first is set
};

}  // namespace proctree
