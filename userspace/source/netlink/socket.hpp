// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// The socket to the kernel's proc connector.
#pragma once

#include <cstdint>
#include <vector>

#include "base/file_descriptor.hpp"
#include "proctree/error.hpp"
#include "source/netlink/messages.hpp"

namespace proctree {

class ConnectorSocket {
 public:
  // Room for that many bytes of waiting messages, each of which takes a little less than 1 KiB.
  static Result<ConnectorSocket> open(std::uint64_t buffer_bytes);
  ConnectorSocket(ConnectorSocket&&) noexcept = default;
  ConnectorSocket& operator=(ConnectorSocket&&) = delete;
  ConnectorSocket(const ConnectorSocket&) = delete;
  ConnectorSocket& operator=(const ConnectorSocket&) = delete;
  ~ConnectorSocket();

  // Asks the kernel to send. Returns only once it has agreed: from then on nothing is missed.
  Result<void> listen();

  // Takes what waits, some messages at a time, without waiting for more. Adds nothing where nothing waits.
  // `overrun` is set where the kernel says that messages found no room.
  Result<void> receive(std::vector<ConnectorEvent>& events, bool& overrun);
  // How many messages found no room so far: fork, exec and exit events that passed the filter.
  [[nodiscard]] Result<std::uint32_t> dropped() const;
  [[nodiscard]] int fd() const { return fd_.get(); }

 private:
  explicit ConnectorSocket(FileDescriptor fd) : fd_(std::move(fd)) {}
  Result<void> send(std::uint32_t operation);

  FileDescriptor fd_;
  bool listening_ = false;
};

}  // namespace proctree
