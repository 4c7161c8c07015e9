// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "cli/trace_loop.hpp"

#include <poll.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
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
  auto pacer = Pacer::open(engine, source);
  if (!pacer) return tl::make_unexpected(std::move(pacer.error()));
  std::optional<std::uint64_t> deadline;
  if (options.duration_s > 0) deadline = boot_now_ns() + static_cast<std::uint64_t>(options.duration_s * 1e9);
  std::optional<std::uint64_t> next_heartbeat;
  if (options.heartbeat_ns != 0) next_heartbeat = boot_now_ns();

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
    if (deadline && now >= *deadline) return {};
    if (next_heartbeat && now >= *next_heartbeat) {
      options.on_heartbeat();
      next_heartbeat = now + options.heartbeat_ns;
    }
    const auto events = pacer->turn(kBatch);
    if (!events) return tl::make_unexpected(events.error());
    if (*events == kBatch) continue;
    if (auto flushed = sink.flush(); !flushed) return flushed;
    if (engine.done()) return {};
    const std::uint64_t next = std::min(deadline.value_or(kForEver), next_heartbeat.value_or(kForEver));
    const auto waited = wait(*pacer, signals, next == kForEver ? std::nullopt : std::optional(next - now));
    if (!waited) return waited;
  }
  return {};
}

}  // namespace proctree
