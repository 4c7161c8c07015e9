// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// Boots by the settings of their wall clocks.
#pragma once

#include <cstdint>
#include <map>
#include <vector>

#include "history/database.hpp"
#include "proctree/error.hpp"

namespace proctree {

// A wall clock that is set by more than this is another one.
inline constexpr std::int64_t kClockStepNs = 1'000'000'000;

// A boot by one setting of its wall clock: 1970's nanoseconds are those since the boot and `began_ns`.
struct ClockSetting {
  std::int64_t id = 0;
  std::int64_t began_ns = 0;
};

class BootClocks {
 public:
  Result<void> prepare(const Database& database);

  // Those that the store has of the boot; before choose() and of().
  Result<void> load(std::int64_t boot);
  // A line was written while the boot's clock had begun then: that clock becomes the last.
  Result<void> choose(std::int64_t boot, std::int64_t began_ns);
  // They are loaded again: another process has written the store.
  Result<void> reload();
  [[nodiscard]] const std::vector<ClockSetting>& of(std::int64_t boot) { return clocks_[boot]; }

 private:
  Statement find_, add_;
  std::map<std::int64_t, std::vector<ClockSetting>> clocks_;  // by boot; the last is that of the latest line
};

}  // namespace proctree
