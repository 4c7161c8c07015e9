// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "watch/rates.hpp"

namespace proctree::watch {

void Rates::update(std::uint64_t now_ns, const Totals& totals) {
  const bool same =
      totals.forks == at_begin_.forks && totals.execs == at_begin_.execs && totals.exits == at_begin_.exits;
  if (quiet_) {
    // Events that end a silence must not be spread over all of it.
    began_ns_ = now_ns;
    quiet_ = same;
    return;
  }
  if (now_ns < began_ns_ + kWindowNs) return;
  const double seconds = static_cast<double>(now_ns - began_ns_) / 1e9;
  rates_ = {static_cast<double>(totals.forks - at_begin_.forks) / seconds,
            static_cast<double>(totals.execs - at_begin_.execs) / seconds,
            static_cast<double>(totals.exits - at_begin_.exits) / seconds};
  quiet_ = same;
  began_ns_ = now_ns;
  at_begin_ = totals;
}

std::optional<std::uint64_t> Rates::due_ns() const {
  if (quiet_) return std::nullopt;
  return began_ns_ + kWindowNs;
}

}  // namespace proctree::watch
