// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// The chain string: from a process up its creators to the first known one.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/escape.hpp"

namespace proctree {

// One link; `known` false is written PID|unknown|unknown and ends the chain.
struct LinkView {
  std::uint32_t pid = 0;
  std::string_view cmd;
  std::string_view user;
  bool known = true;
};

// Appends "pid|cmd|user", escaped so that no process can forge a link.
void append_link(std::string& out, const LinkView& link);

// `Lineage` walks up: `std::optional<LinkView> next()` answers the process itself first, then creator
// after creator, and nothing after the last. It must end (a walk over a store of its user's guards
// against cycles itself).
template <class Lineage>
void append_chain(std::string& out, Lineage lineage) {
  bool first = true;
  while (auto link = lineage.next()) {
    if (!first) out += ';';
    first = false;
    append_link(out, *link);
    if (!link->known) break;
  }
}

}  // namespace proctree
