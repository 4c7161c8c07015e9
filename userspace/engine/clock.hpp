// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// Boot time → time of day. Events carry the former; one offset, taken anew now and then, makes the
// latter without a clock call an event.
#pragma once

#include <cstdint>

namespace proctree {

[[nodiscard]] std::uint64_t boot_now_ns();

class BootClock {
 public:
  BootClock() { adjust(); }
  // Follows steps of the time of day (NTP, a suspended virtual machine).
  void adjust();
  [[nodiscard]] std::int64_t realtime(std::uint64_t boot_ns) const {
    return static_cast<std::int64_t>(boot_ns) + offset_ns_;
  }

 private:
  std::int64_t offset_ns_ = 0;
};

}  // namespace proctree
