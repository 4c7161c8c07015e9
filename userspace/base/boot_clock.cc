// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "base/boot_clock.hpp"

#include <sys/timerfd.h>
#include <unistd.h>

#include <cerrno>
#include <ctime>

#include "base/file_descriptor.hpp"

namespace proctree {

namespace {

// A timer that never ends, but is cancelled when the clock is set. Where there is none, steps are noticed by
// the next adjust().
class SystemClocks final : public Clocks {
 public:
  SystemClocks() : timer_(::timerfd_create(CLOCK_REALTIME, TFD_NONBLOCK | TFD_CLOEXEC)) {
    itimerspec never{};
    never.it_value.tv_sec = 8'000'000'000;  // in some two centuries
    if (timer_.valid())
      ::timerfd_settime(timer_.get(), TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET, &never, nullptr);
  }
  std::uint64_t boot_ns() override { return boot_now_ns(); }
  std::int64_t realtime_ns() override { return realtime_now_ns(); }
  bool was_set() override {
    std::uint64_t ends = 0;
    return timer_.valid() && ::read(timer_.get(), &ends, sizeof ends) < 0 && errno == ECANCELED;
  }

 private:
  FileDescriptor timer_;
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
  if (clocks_->was_set()) adjust();
}

}  // namespace proctree
