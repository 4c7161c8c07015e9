// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "cli/trace_loop.hpp"

#include <poll.h>
#include <sched.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <utility>

namespace proctree {

namespace {

constexpr std::uint64_t kBatch = 4096;  // events between two looks at signals
constexpr std::uint64_t kMs = 1'000'000;
constexpr std::uint64_t kHousekeepingNs = 1000 * kMs;

// Naps: in a storm one wake-up serves many events, and producers spend nothing on waking us. A wake-up
// costs more than tens of events do; so each nap that was not for nothing is followed by one twice as long.
constexpr std::uint64_t kShortestNapNs = 1 * kMs;
constexpr std::uint64_t kLongestNapNs = 8 * kMs;
// The first sleep is bounded: a record committed in the very moment that the reader asks to be woken
// may not see it asked (the ring's position and our flag are two words), and no later event may come.
// By the next sleep every cpu's stores are long visible.
constexpr std::uint64_t kFirstSleepNs = 50 * kMs;
constexpr std::uint64_t kForEver = ~std::uint64_t{0};

enum class Woken : std::uint8_t { timeout, data, signal };

Result<Woken> wait(const Source& source, const SignalFd& signals, std::uint64_t ns) {
  std::array<pollfd, 2> fds = {pollfd{signals.fd(), POLLIN, 0}, pollfd{source.fd(), POLLIN, 0}};
  const timespec timeout = {static_cast<time_t>(ns / (1000 * kMs)), static_cast<long>(ns % (1000 * kMs))};
  const int ready = ppoll(fds.data(), fds.size(), ns == kForEver ? nullptr : &timeout, nullptr);
  if (ready < 0 && errno != EINTR) return fail_errno("poll", errno);
  if (ready <= 0) return Woken::timeout;
  return (fds[0].revents & POLLIN) != 0 ? Woken::signal : Woken::data;
}

}  // namespace

Result<SignalFd> SignalFd::open() {
  sigset_t set;
  sigemptyset(&set);
  for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGWINCH}) sigaddset(&set, signal);
  if (sigprocmask(SIG_BLOCK, &set, nullptr) != 0) return fail_errno("can't block signals", errno);
  const int fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
  if (fd < 0) return fail_errno("can't open a signal descriptor", errno);
  return SignalFd(fd);
}

SignalFd::SignalFd(SignalFd&& other) noexcept
    : fd_(std::exchange(other.fd_, -1)), arrived_(std::move(other.arrived_)) {}

SignalFd::~SignalFd() {
  if (fd_ >= 0) close(fd_);
}

void SignalFd::read() {
  signalfd_siginfo info{};
  while (::read(fd_, &info, sizeof info) == sizeof info) arrived_.push_back(static_cast<int>(info.ssi_signo));
}

int SignalFd::take() {
  read();
  if (arrived_.empty()) return 0;
  const int signal = arrived_.front();
  arrived_.pop_front();
  return signal;
}

bool SignalFd::stop_arrived() {
  read();
  return std::any_of(arrived_.begin(), arrived_.end(),
                     [](int signal) { return signal == SIGINT || signal == SIGTERM; });
}

Result<void> run_loop(Engine& engine, Source& source, Sink& sink, SignalFd& signals,
                      const LoopOptions& options) {
  const std::uint64_t began = boot_now_ns();
  const std::uint64_t deadline =
      options.duration_s > 0 ? began + static_cast<std::uint64_t>(options.duration_s * 1e9) : kForEver;
  std::uint64_t next_tick = began + kHousekeepingNs;
  bool slept = false;  // since the last event
  std::uint64_t nap = kShortestNapNs;

  while (!engine.done()) {
    while (const int signal = signals.take()) {
      if (signal == SIGWINCH) {
        if (options.on_resize) options.on_resize();
        continue;
      }
      if (signal != SIGHUP) return {};
      if (auto reopened = options.on_hangup(); !reopened) return reopened;
    }
    const std::uint64_t now = boot_now_ns();
    if (now >= deadline) return {};
    if (now >= next_tick) {
      if (auto ticked = engine.tick(); !ticked) return ticked;
      next_tick = now + kHousekeepingNs;
    }
    const auto events = engine.pump(kBatch);
    if (!events) return tl::make_unexpected(events.error());
    if (*events == kBatch) continue;
    if (auto flushed = sink.flush(); !flushed) return flushed;
    if (engine.done()) return {};

    const std::uint64_t left = deadline == kForEver ? kForEver : deadline - now;
    if (*events != 0) {
      slept = false;
      const auto woken = wait(source, signals, std::min(left, nap));
      if (!woken) return tl::make_unexpected(woken.error());
      nap = std::min(2 * nap, kLongestNapNs);
      continue;
    }
    nap = kShortestNapNs;
    std::uint64_t sleep = slept ? kForEver : kFirstSleepNs;
    if (slept) {
      // Nothing will look again for long: is there a loss that no record has told of?
      if (auto ticked = engine.tick(); !ticked) return ticked;
      if (engine.has_gap()) {
        const std::uint64_t due = engine.resync_due_ns();
        sleep = due > now ? due - now : 0;
      }
    }
    if (auto flushed = sink.flush(); !flushed) return flushed;
    source.want_wake(true);
    if (source.position() == source.read_position()) {
      const auto woken = wait(source, signals, std::min(left, sleep));
      if (!woken) return tl::make_unexpected(woken.error());
      slept = *woken == Woken::timeout;
    } else {
      sched_yield();  // a record is being filled
    }
    source.want_wake(false);
  }
  return {};
}

}  // namespace proctree
