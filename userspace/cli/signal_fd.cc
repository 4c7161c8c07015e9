// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "cli/signal_fd.hpp"

#include <sys/signalfd.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <utility>

namespace proctree {

Result<SignalFd> SignalFd::open(std::initializer_list<int> signals) {
  sigset_t set;
  sigemptyset(&set);
  for (const int signal : signals) sigaddset(&set, signal);
  if (sigprocmask(SIG_BLOCK, &set, nullptr) != 0) return fail_errno("can't block signals", errno);
  const int fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
  if (fd < 0) return fail_errno("can't open a signal descriptor", errno);
  return SignalFd(fd);
}

SignalFd::SignalFd(SignalFd&& other) noexcept
    : fd_(std::exchange(other.fd_, -1)),
      arrived_(std::move(other.arrived_)),
      stop_arrived_(other.stop_arrived_) {}

SignalFd::~SignalFd() {
  if (fd_ >= 0) close(fd_);
}

void SignalFd::read() {
  signalfd_siginfo info{};
  while (::read(fd_, &info, sizeof info) == sizeof info) {
    arrived_.push_back({static_cast<int>(info.ssi_signo), info.ssi_code == SI_KERNEL});
    stop_arrived_ |= info.ssi_signo == SIGINT || info.ssi_signo == SIGTERM;
  }
}

std::optional<SignalFd::Signal> SignalFd::take() {
  read();
  if (arrived_.empty()) return std::nullopt;
  const Signal signal = arrived_.front();
  arrived_.pop_front();
  return signal;
}

bool SignalFd::stop_arrived() {
  read();
  return stop_arrived_;
}

}  // namespace proctree
