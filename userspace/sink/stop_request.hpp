// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// What ends a wait for another process.
#pragma once

#include <functional>

namespace proctree {

struct StopRequest {
  int fd = -1;                    // readable when there may be something to ask for; -1: never
  std::function<bool()> arrived;  // asked then: is the wait to end? May be empty

  [[nodiscard]] bool is_there() const { return arrived && arrived(); }
};

}  // namespace proctree
