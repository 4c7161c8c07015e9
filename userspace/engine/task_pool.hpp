// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// Copies of many tasks at a time: what a source hands out is valid for a moment only. A string that several
// of them share is held once, and all strings together take so much at most, whatever paths the tasks have.
#pragma once

#include <cstddef>
#include <string_view>

#include "base/interner.hpp"
#include "tree/event.hpp"

namespace proctree {

class TaskPool {
 public:
  explicit TaskPool(std::size_t bytes_max) : bytes_max_(bytes_max) {}

  // Its strings are valid as long as the pool is. One that finds no room is left out, as if it were not
  // known; names, which are short, always stay.
  [[nodiscard]] SnapshotTask keep(const SnapshotTask& task);

 private:
  [[nodiscard]] std::string_view keep(std::string_view text);

  std::size_t bytes_max_;
  Interner strings_;
};

}  // namespace proctree
