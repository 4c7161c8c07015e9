// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "schema/cpid.hpp"

#include "base/escaper.hpp"
#include "base/sha256.hpp"

namespace proctree::schema {

Cpid cpid_of(const CpidFacts& facts) {
  Sha256 hash;
  hash.update({facts.boot.data(), facts.boot.size()});
  for (const std::uint64_t number : {facts.pid_namespace, facts.start_ticks, facts.ns_pid})
    hash.update({reinterpret_cast<const char*>(&number), sizeof number});
  std::array<std::uint8_t, 32> bytes = hash.digest();
  bytes[6] = static_cast<std::uint8_t>(0x80 | (bytes[6] & 0x0f));  // the version
  bytes[8] = static_cast<std::uint8_t>(0x80 | (bytes[8] & 0x3f));  // the variant
  Cpid cpid{};
  std::size_t at = 0;
  for (std::size_t i = 0; i < 16; ++i) {
    if (i == 4 || i == 6 || i == 8 || i == 10) cpid[at++] = '-';
    cpid[at++] = kHexDigits[bytes[i] >> 4];
    cpid[at++] = kHexDigits[bytes[i] & 0xf];
  }
  return cpid;
}

}  // namespace proctree::schema
