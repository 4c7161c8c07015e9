// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "tree/chain.hpp"

#include "tree/append_number.hpp"

namespace proctree {

void append_link(std::string& out, const LinkView& link) {
  append_number(out, link.pid);
  if (!link.known) {
    out += "|unknown|unknown";
    return;
  }
  out += '|';
  append_chain_field(out, link.cmd);
  out += '|';
  append_chain_field(out, link.user);
}

}  // namespace proctree
