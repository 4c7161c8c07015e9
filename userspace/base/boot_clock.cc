// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "base/boot_clock.hpp"

#include <cstdlib>

namespace proctree {

namespace {

// What a clock that is slewed gains between two adjustments is less.
constexpr std::int64_t kStepNs = 1'000'000;

// Both are read without a system call, where a timer that a step cancels would cost one each time.
class SystemClocks final : public Clocks {
 public:
  std::uint64_t boot_ns() override { return boot_now_ns(); }
  std::int64_t realtime_ns() override { return realtime_now_ns(); }
};

}  // namespace

std::unique_ptr<Clocks> system_clocks() { return std::make_unique<SystemClocks>(); }

void BootClock::adjust() {
  const std::uint64_t before = clocks_->boot_ns();
  const std::int64_t realtime = clocks_->realtime_ns();
  const std::uint64_t after = clocks_->boot_ns();
  offset_ns_ = realtime - static_cast<std::int64_t>(before + (after - before) / 2);
}

void BootClock::look() {
  looked_ns_ = clocks_->boot_ns();
  if (std::abs(clocks_->realtime_ns() - static_cast<std::int64_t>(looked_ns_) - offset_ns_) >= kStepNs)
    adjust();
}

}  // namespace proctree
