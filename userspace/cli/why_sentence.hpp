// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// The sentence of proctree why: what an entry is and from where.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "proctree/entry.hpp"

namespace proctree {

struct WhyAsked {
  std::string_view comm;
  std::uint32_t pid = 0;
  bool is_kthread = false;
  bool sees_all = true;  // as root: no other user would see more

  struct Process {
    std::string_view comm;
    std::uint32_t pid = 0;  // 0: none
  };
  Process launcher;  // what created the entry process
  // Where the entry is unknown: the first process down the line of which that is so, and its kernel's parent.
  Process orphan, reaper;
};

// `entry` null: it has none. Names are written so that none can forge a line.
[[nodiscard]] std::string why_sentence(const WhyAsked& asked, const EntryFacts* entry, std::string_view user,
                                       bool sure);

}  // namespace proctree
