// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// Boot time → time of day. Events carry the former; one offset, taken again now and then and whenever the
// time of day was set (by date(1), NTP's step, a resume), makes the latter without a clock call an event.
#pragma once

#include <cstdint>
#include <memory>
#include <utility>

#include "base/host_clock.hpp"

namespace proctree {

// What a BootClock looks at.
class Clocks {
 public:
  virtual ~Clocks() = default;
  virtual std::uint64_t boot_ns() = 0;
  virtual std::int64_t realtime_ns() = 0;
};
[[nodiscard]] std::unique_ptr<Clocks> system_clocks();

class BootClock {
 public:
  explicit BootClock(std::unique_ptr<Clocks> clocks = system_clocks()) : clocks_(std::move(clocks)) {
    adjust();
  }
  // Follows slewed clocks, and steps of less than a millisecond.
  void adjust();
  // An event that is younger than the last look at the clocks may have come after a step: then they are read
  // first. A caller with many events reads them once for all that happened until then.
  [[nodiscard]] std::int64_t realtime(std::uint64_t boot_ns) {
    if (boot_ns > looked_ns_) look();
    return static_cast<std::int64_t>(boot_ns) + offset_ns_;
  }
  // The time of day at boot.
  [[nodiscard]] std::int64_t boot_realtime() const { return offset_ns_; }

 private:
  void look();

  std::unique_ptr<Clocks> clocks_;
  std::uint64_t looked_ns_ = 0;
  std::int64_t offset_ns_ = 0;
};

}  // namespace proctree
