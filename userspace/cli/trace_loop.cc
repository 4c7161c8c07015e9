// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "cli/trace_loop.hpp"

#include <poll.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <optional>
#include <utility>

#include "base/boot_clock.hpp"
#include "base/try.hpp"

namespace proctree {

namespace {

constexpr std::uint64_t kBatch = 4096;  // events between two looks at signals
constexpr std::uint64_t kSecondNs = 1'000'000'000;
constexpr std::uint64_t kForEver = ChoreDone::kNever;

struct Waited {
  bool input_ended = false;
  bool signal_arrived = false;
};

// Until the source or the input has something, a signal arrives, or it is `until`, boot time.
Result<Waited> wait(const Pacer& pacer, const SignalFd& signals, const LoopOptions& options,
                    std::uint64_t until) {
  const int waker = options.waker ? options.waker() : -1;
  std::array<pollfd, 4> fds = {pollfd{signals.fd(), POLLIN, 0}, pollfd{pacer.fd(), POLLIN, 0},
                               pollfd{options.input, POLLIN, 0},  // a negative one is passed over
                               pollfd{waker, POLLIN, 0}};
  until = std::min(until, pacer.due_ns());
  timespec timeout{};
  if (until != kForEver) {
    const std::uint64_t now = boot_now_ns();
    const std::uint64_t ns = until - std::min(until, now);
    timeout = {static_cast<time_t>(ns / kSecondNs), static_cast<long>(ns % kSecondNs)};
  }
  if (ppoll(fds.data(), fds.size(), until != kForEver ? &timeout : nullptr, nullptr) < 0) {
    if (errno != EINTR) return fail_errno("poll", errno);
    return Waited{};
  }
  return Waited{(fds[2].revents & (POLLHUP | POLLERR | POLLNVAL)) != 0, fds[0].revents != 0};
}

Result<ChoreDone> do_chores(const std::vector<LoopTask>& chores) {
  ChoreDone all;
  for (const LoopTask& chore : chores) {
    auto done = chore(boot_now_ns());
    if (!done) return done;
    all.due_ns = std::min(all.due_ns, done->due_ns);
    all.ends |= done->ends;
  }
  return all;
}

}  // namespace

Result<void> run_loop(Engine& engine, Source& source, Sink& sink, SignalFd& signals,
                      const LoopOptions& options) {
  auto pacer = PROCTREE_TRY(Pacer::open(engine, source, Pacer::Wait::until_due, options.longest_nap_ns));
  std::optional<std::uint64_t> deadline;
  if (options.duration_s > 0) deadline = boot_now_ns() + static_cast<std::uint64_t>(options.duration_s * 1e9);

  bool looks_for_signals = true;
  while (!engine.done()) {
    if (looks_for_signals || signals.holds_any()) {
      while (const auto signal = signals.take()) {
        const auto goes_on = PROCTREE_TRY(options.on_signal(*signal));
        if (!goes_on) return {};
      }
    }
    looks_for_signals = true;
    if (deadline && boot_now_ns() >= *deadline) return {};
    const auto events = PROCTREE_TRY(pacer.turn(kBatch));
    const auto chores = PROCTREE_TRY(do_chores(options.chores));
    if (chores.ends) return {};
    if (events == kBatch) continue;
    if (auto flushed = sink.flush(); !flushed) return flushed;
    if (engine.done() || (options.is_over && options.is_over())) return {};
    const auto waited =
        PROCTREE_TRY(wait(pacer, signals, options, std::min(deadline.value_or(kForEver), chores.due_ns)));
    if (waited.input_ended) return {};
    looks_for_signals = waited.signal_arrived;
  }
  return {};
}

}  // namespace proctree
