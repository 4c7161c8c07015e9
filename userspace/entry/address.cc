// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "entry/address.hpp"

#include <arpa/inet.h>

#include <array>
#include <cstring>

#include "base/parse_text.hpp"

namespace proctree::entry {

namespace {

bool is_address(std::string_view text) {
  std::array<char, INET6_ADDRSTRLEN> name{};
  std::array<unsigned char, sizeof(in6_addr)> bytes{};
  const std::string_view plain = text.substr(0, text.find('%'));  // a link-local one names its interface
  if (plain.empty() || plain.size() >= name.size()) return false;
  std::memcpy(name.data(), plain.data(), plain.size());
  return ::inet_pton(AF_INET, name.data(), bytes.data()) == 1 ||
         ::inet_pton(AF_INET6, name.data(), bytes.data()) == 1;
}

}  // namespace

void set_source(EntryFacts& entry, std::string_view address, std::string_view port) {
  if (address.starts_with('[') && address.ends_with(']')) {
    address.remove_prefix(1);
    address.remove_suffix(1);
  }
  if (!is_address(address) || address.size() > 64) return;
  entry.source_ip = address;
  entry.source_port = parse_number<std::uint16_t>(port).value_or(0);
}

}  // namespace proctree::entry
