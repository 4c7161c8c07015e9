// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// What a Tracer knows of one process.
#pragma once

#include <cstdint>
#include <string_view>

#include "proctree/cxx20.hpp"  // first: what follows takes it
#include "proctree/facts.hpp"

namespace proctree {

// A process as the trace knows it between two polls. The views are the trace's own: valid until its next
// poll().
struct ProcessInfo {
  ProcKey key;
  ProcKey creator;  // as Record::creator
  bool creator_known = false;
  Edge edge = Edge::inferred;  // how it was learnt
  bool exited = false;
  bool known = false;     // what follows; else it is only named as another one's creator
  std::uint32_t uid = 0;  // real uid at its present image
  std::string_view comm;
  std::string_view exe;
  std::string_view user;
  std::uint64_t exec_seq = kUnknownSeq;
  void* user_data = nullptr;  // Tracer::set_user_data()
};

}  // namespace proctree
