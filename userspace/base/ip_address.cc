// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "base/ip_address.hpp"

#include <arpa/inet.h>

#include <array>
#include <cstring>

namespace proctree {

bool is_ip_address(std::string_view text) {
  std::array<char, INET6_ADDRSTRLEN> terminated{};
  std::array<unsigned char, sizeof(in6_addr)> bytes{};
  if (text.empty() || text.size() >= terminated.size()) return false;
  std::memcpy(terminated.data(), text.data(), text.size());
  return ::inet_pton(AF_INET, terminated.data(), bytes.data()) == 1 ||
         ::inet_pton(AF_INET6, terminated.data(), bytes.data()) == 1;
}

}  // namespace proctree
