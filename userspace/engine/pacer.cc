// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "engine/pacer.hpp"

#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

#include "base/boot_clock.hpp"
#include "base/try.hpp"

namespace proctree {

namespace {

constexpr std::uint64_t kMs = 1'000'000;
constexpr std::uint64_t kHousekeepingNs = 1000 * kMs;

// The first sleep is bounded: a record committed just as the reader asks to be woken may not see that (the
// ring's position and our flag are two words), and no later event may come. By the next sleep every cpu's
// stores have long been visible.
constexpr std::uint64_t kFirstSleepNs = 50 * kMs;
constexpr std::uint64_t kAtOnce = 1;

// Edge-triggered for the source: while we nap, its descriptor must not be readable just because events wait,
// only where it was woken.
Result<void> add(int poll, int fd, std::uint32_t events) {
  epoll_event event{};
  event.events = events;
  if (epoll_ctl(poll, EPOLL_CTL_ADD, fd, &event) != 0) return fail_errno("can't wait for events", errno);
  return {};
}

}  // namespace

Result<Pacer> Pacer::open(Engine& engine, Source& source, Wait wait, std::uint64_t longest_nap_ns) {
  Pacer pacer(engine, source, longest_nap_ns);
  pacer.poll_ = FileDescriptor(epoll_create1(EPOLL_CLOEXEC));
  if (!pacer.poll_.valid()) return fail_errno("can't open an epoll descriptor", errno);
  // Nothing reads it; but loops that take only non-blocking descriptors (Go's) must accept it.
  fcntl(pacer.poll_.get(), F_SETFL, O_NONBLOCK);
  if (wait == Wait::for_fd) {
    pacer.timer_ = FileDescriptor(timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK));
    if (!pacer.timer_.valid()) return fail_errno("can't open a timer", errno);
    PROCTREE_CHECK(add(pacer.poll_.get(), pacer.timer_.get(), EPOLLIN));
  }
  PROCTREE_CHECK(add(pacer.poll_.get(), source.fd(), EPOLLIN | EPOLLET));
  PROCTREE_CHECK(pacer.wake_in(kAtOnce));
  pacer.next_tick_ = boot_now_ns() + kHousekeepingNs;
  return pacer;
}

void Pacer::close() {
  for (const int fd : {timer_.get(), source_->fd()}) epoll_ctl(poll_.get(), EPOLL_CTL_DEL, fd, nullptr);
}

Result<void> Pacer::wake_in(std::uint64_t ns) {
  due_ns_ = ns == kNever ? kNever : boot_now_ns() + ns;
  if (!timer_.valid()) return {};
  itimerspec when{};  // zero: never
  if (ns != kNever) {
    when.it_value = {static_cast<time_t>(ns / (1000 * kMs)), static_cast<long>(ns % (1000 * kMs))};
  }
  if (timerfd_settime(timer_.get(), 0, &when, nullptr) != 0) return fail_errno("can't set a timer", errno);
  return {};
}

Result<std::uint64_t> Pacer::turn(std::uint64_t most) {
  const std::uint64_t now = boot_now_ns();
  const bool slept = std::exchange(asleep_, false);
  // After a nap that went on until it was due there is nothing to take from the epoll: the timer is set again
  // below, and a producer that woke us just then does so once more.
  std::array<epoll_event, 2> woken{};
  if ((slept || now < due_ns_) && epoll_wait(poll_.get(), woken.data(), woken.size(), 0) < 0 &&
      errno != EINTR)
    return fail_errno("can't look for events", errno);
  if (slept) source_->want_wake(false);

  if (now >= next_tick_) {
    PROCTREE_CHECK(engine_->tick());
    next_tick_ = now + kHousekeepingNs;
  }
  auto events = engine_->pump(most);
  if (!events) return events;

  Result<void> settled;
  if (*events == most || engine_->has_unreported()) {
    settled = wake_in(kAtOnce);  // more may wait
  } else if (*events != 0) {
    quiet_ = false;
    settled = wake_in(nap_);
    nap_ = std::min(2 * nap_, longest_nap_ns_);
  } else {
    quiet_ = slept;
    nap_ = kShortestNapNs;
    settled = sleep(now);
  }
  if (!settled) return tl::make_unexpected(std::move(settled.error()));
  return events;
}

Result<void> Pacer::sleep(std::uint64_t now) {
  std::uint64_t longest = quiet_ ? kNever : kFirstSleepNs;
  if (quiet_) {
    // A long sleep follows: is there a loss that no record has reported?
    if (auto ticked = engine_->tick(); !ticked) return ticked;
    if (engine_->has_gap()) {
      const std::uint64_t due = engine_->resync_due_ns();
      longest = due > now ? due - now : kAtOnce;
    }
  }
  source_->want_wake(true);
  asleep_ = true;
  // Something came meanwhile, or is being filled right now.
  if (source_->position() != source_->read_position()) longest = kAtOnce;
  return wake_in(longest);
}

}  // namespace proctree
