// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// Copies of many tasks at a time: what a source hands out is valid only until its next call. A string that
// several of them share is stored once, and all strings together are bounded, whatever paths the tasks have.
#pragma once

#include <cstddef>
#include <string_view>

#include "base/interner.hpp"
#include "tree/event.hpp"

namespace proctree {

class TaskPool {
 public:
  explicit TaskPool(std::size_t bytes_max) : bytes_max_(bytes_max) {}

  // Its strings are valid as long as the pool is. One that doesn't fit is left out, as if it were not known;
  // names, which are short, are always stored.
  [[nodiscard]] SnapshotTask keep(const SnapshotTask& task);

 private:
  [[nodiscard]] std::string_view keep(std::string_view text);

  std::size_t bytes_max_;
  Interner strings_;
};

}  // namespace proctree
