// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "tree/process_id.hpp"

#include <cstddef>

#include "tree/append_number.hpp"

namespace proctree {

namespace {

constexpr std::size_t kBootDigits = 16;

}  // namespace

std::string id_prefix_of(std::string_view boot_id) {
  std::string prefix;
  for (const char c : boot_id) {
    if (prefix.size() == kBootDigits) break;
    if (c != '-' && c != '\n') prefix += c;
  }
  return prefix;
}

void append_process_id(std::string& out, std::string_view id_prefix, const ProcKey& key) {
  out += id_prefix;
  out += '-';
  append_number(out, key.pid);
  out += '-';
  append_number(out, key.start_ns / kTickNs);
}

}  // namespace proctree
