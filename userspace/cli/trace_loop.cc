// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "cli/trace_loop.hpp"

#include <poll.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <optional>
#include <utility>

#include "engine/clock.hpp"
#include "engine/pacer.hpp"

namespace proctree {

namespace {

constexpr std::uint64_t kBatch = 4096;  // events between two looks at signals
constexpr std::uint64_t kSecondNs = 1'000'000'000;
constexpr std::uint64_t kForEver = ~std::uint64_t{0};

// Until the source has something, a signal arrives, or `ns` are over; where given.
Result<void> wait(const Pacer& pacer, const SignalFd& signals, std::optional<std::uint64_t> ns) {
  std::array<pollfd, 2> fds = {pollfd{signals.fd(), POLLIN, 0}, pollfd{pacer.fd(), POLLIN, 0}};
  timespec timeout{};
  if (ns) timeout = {static_cast<time_t>(*ns / kSecondNs), static_cast<long>(*ns % kSecondNs)};
  if (ppoll(fds.data(), fds.size(), ns ? &timeout : nullptr, nullptr) < 0 && errno != EINTR)
    return fail_errno("poll", errno);
  return {};
}

}  // namespace

Result<void> run_loop(Engine& engine, Source& source, Sink& sink, SignalFd& signals,
                      const LoopOptions& options) {
  auto pacer = Pacer::open(engine, source);
  if (!pacer) return tl::make_unexpected(std::move(pacer.error()));
  std::optional<std::uint64_t> deadline;
  if (options.duration_s > 0) deadline = boot_now_ns() + static_cast<std::uint64_t>(options.duration_s * 1e9);
  std::optional<std::uint64_t> next_heartbeat;
  if (options.heartbeat_ns != 0) next_heartbeat = boot_now_ns();

  while (!engine.done()) {
    while (const auto signal = signals.take()) {
      const auto goes_on = options.on_signal(*signal);
      if (!goes_on) return tl::make_unexpected(goes_on.error());
      if (!*goes_on) return {};
    }
    const std::uint64_t now = boot_now_ns();
    if (deadline && now >= *deadline) return {};
    if (next_heartbeat && now >= *next_heartbeat) {
      options.on_heartbeat();
      next_heartbeat = now + options.heartbeat_ns;
    }
    const auto events = pacer->turn(kBatch);
    if (!events) return tl::make_unexpected(events.error());
    if (*events == kBatch) continue;
    if (auto flushed = sink.flush(); !flushed) return flushed;
    if (engine.done() || (options.is_over && options.is_over())) return {};
    const std::uint64_t next = std::min(deadline.value_or(kForEver), next_heartbeat.value_or(kForEver));
    auto waited = wait(*pacer, signals, next == kForEver ? std::nullopt : std::optional(next - now));
    if (!waited) return waited;
  }
  return {};
}

}  // namespace proctree
