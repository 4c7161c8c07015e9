// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// How many forks, execs and exits a second, over about the last one.
#pragma once

#include <cstdint>
#include <optional>

#include "proctree/facts.hpp"

namespace proctree::watch {

class Rates {
 public:
  struct PerSecond {
    double forks = 0;
    double execs = 0;
    double exits = 0;
  };

  // Takes notice of the totals as they are now.
  void update(std::uint64_t now_ns, const Totals& totals);
  [[nodiscard]] const PerSecond& per_second() const { return rates_; }
  // When to update next though nothing happens; std::nullopt: the rates are 0 and stay so.
  [[nodiscard]] std::optional<std::uint64_t> due_ns() const;

 private:
  static constexpr std::uint64_t kWindowNs = 1'000'000'000;

  std::uint64_t began_ns_ = 0;
  Totals at_begin_;
  PerSecond rates_;
  bool quiet_ = true;  // nothing happened in the last window, nor in this one
};

}  // namespace proctree::watch
