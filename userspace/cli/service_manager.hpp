// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// The service manager that started us, where one did: what sd_notify(3) would send it, in a few lines.
#pragma once

#include <cstdint>
#include <string>

#include "base/file_descriptor.hpp"
#include "proctree/error.hpp"

namespace proctree {

class ServiceManager {
 public:
  // By $NOTIFY_SOCKET and $WATCHDOG_USEC, which are taken out of the environment. Where they are not set
  // there is no manager, and nothing below does anything.
  static Result<ServiceManager> from_environment();

  // The start is over. Unlike the others this must arrive, or the manager gives the service up.
  Result<void> ready(std::uint64_t processes);
  void reloading();
  void reloaded();
  void stopping();

  // How often it wants a sign of life; 0: never.
  [[nodiscard]] std::uint64_t heartbeat_ns() const { return heartbeat_ns_; }
  void alive();

 private:
  Result<void> send(const std::string& state);

  FileDescriptor socket_;  // not valid: no manager
  std::uint64_t heartbeat_ns_ = 0;
};

}  // namespace proctree
