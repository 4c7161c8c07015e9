// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// A process of the test's own making.
#pragma once

#include <cstdint>
#include <string_view>

#include "proctree/facts.hpp"

namespace proctree {

inline TaskFacts task(std::uint32_t pid, std::uint64_t start, ProcKey parent, std::string_view comm,
                      std::uint64_t seq) {
  TaskFacts facts;
  facts.self = {pid, start};
  facts.parent = parent;
  facts.comm = comm;
  facts.exec_seq = seq;
  return facts;
}

}  // namespace proctree
