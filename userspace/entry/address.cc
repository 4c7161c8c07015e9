// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "entry/address.hpp"

#include "base/ip_address.hpp"
#include "base/parse_text.hpp"

namespace proctree::entry {

void set_source(EntryFacts& entry, std::string_view address, std::string_view port) {
  if (address.starts_with('[') && address.ends_with(']')) {
    address.remove_prefix(1);
    address.remove_suffix(1);
  }
  // A link-local one names its interface.
  if (!is_ip_address(address.substr(0, address.find('%'))) || address.size() > 64) return;
  entry.source_ip = address;
  entry.source_port = parse_number<std::uint16_t>(port).value_or(0);
}

}  // namespace proctree::entry
