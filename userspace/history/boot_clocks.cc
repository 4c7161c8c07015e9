// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "history/boot_clocks.hpp"

#include <algorithm>
#include <utility>

#include "base/try.hpp"

namespace proctree {

namespace {

// A boot has at most that many clocks.
constexpr std::size_t kClocksMost = 64;

}  // namespace

Result<void> BootClocks::prepare(const Database& database) {
  find_ = PROCTREE_TRY(database.prepare("SELECT id, began_ns FROM clock WHERE boot = ?1 ORDER BY id"));
  add_ = PROCTREE_TRY(database.prepare("INSERT INTO clock(boot, began_ns) VALUES(?1, ?2) RETURNING id"));
  return {};
}

Result<void> BootClocks::load(std::int64_t boot) {
  if (clocks_.contains(boot)) return {};
  find_.bind(boot);
  while (PROCTREE_TRY(find_.step())) clocks_[boot].push_back({find_.number(0), find_.number(1)});
  find_.reset();
  return {};
}

Result<void> BootClocks::reload() {
  const auto before = std::exchange(clocks_, {});
  for (const auto& [boot, clocks] : before) PROCTREE_CHECK(load(boot));
  return {};
}

Result<void> BootClocks::choose(std::int64_t boot, std::int64_t began_ns) {
  std::vector<ClockSetting>& clocks = clocks_[boot];
  const auto is_it = [began_ns](const ClockSetting& clock) {
    return began_ns - clock.began_ns <= kClockStepNs && clock.began_ns - began_ns <= kClockStepNs;
  };
  if (!clocks.empty() && (is_it(clocks.back()) || clocks.size() >= kClocksMost)) return {};
  const auto found = std::ranges::find_if(clocks, is_it);
  if (found != clocks.end()) {
    std::rotate(found, found + 1, clocks.end());
    return {};
  }
  clocks.push_back({PROCTREE_TRY(add_.bind(boot, began_ns).one()).value_or(0), began_ns});
  return {};
}

}  // namespace proctree
