// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// The answer of proctree why: what an entry is and from where, as one sentence.
#pragma once

#include <string>
#include <string_view>

#include "proctree/entry.hpp"

namespace proctree {

struct WhyAsked {
  std::string_view comm;
  std::uint32_t pid = 0;
  bool is_kthread = false;
  bool sees_all = true;  // root looks: what isn't known can't be seen by another user either
};

// `entry` null: it has none. Names are written so that none can forge a line.
[[nodiscard]] std::string why_sentence(const WhyAsked& asked, const EntryFacts* entry, std::string_view user,
                                       bool sure);

}  // namespace proctree
