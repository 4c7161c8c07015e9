// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// One check of whether this host can trace.
#pragma once

#include <cstdint>
#include <string>

namespace proctree {

enum class CheckStatus : std::uint8_t {
  ok,
  note,     // tracing works, but there is something to know
  problem,  // tracing will not work, or not for the whole host
};

struct HostCheck {
  std::string name;
  CheckStatus status = CheckStatus::ok;
  std::string detail;
  std::string remedy;   // empty where there is nothing to do
  bool of_bpf = false;  // --source netlink doesn't need it
};

// Where that source works and does what is asked.
inline void add_netlink(std::string& remedy) {
  if (!remedy.empty()) remedy += ", or ";
  remedy += "trace with the source netlink";
}

}  // namespace proctree
