// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "schema/cpid.hpp"

#include <string_view>

#include "base/escaper.hpp"
#include "base/sha256.hpp"

namespace proctree::schema {

std::string cpid_of(const CpidFacts& facts) {
  Sha256 hash;
  hash.update({facts.boot.data(), facts.boot.size()});
  for (const std::uint64_t number : {facts.pid_namespace, facts.start_ticks, facts.ns_pid})
    hash.update({reinterpret_cast<const char*>(&number), sizeof number});
  std::string digits = hash.hex_digest().substr(0, 32);
  constexpr std::string_view kVariants = "89ab";
  digits[12] = '8';
  digits[16] = kVariants[kHexDigits.find(digits[16]) & 3];
  for (const std::size_t at : {8U, 13U, 18U, 23U}) digits.insert(at, 1, '-');
  return digits;
}

}  // namespace proctree::schema
