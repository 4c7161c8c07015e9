// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "source/netlink/socket.hpp"

#include <arpa/inet.h>
#include <linux/filter.h>
#include <linux/netlink.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <cstddef>

namespace proctree {

namespace {

constexpr int kNetlinkConnector = NETLINK_CONNECTOR;
constexpr int kMemInfo = 55;  // SO_MEMINFO, since 4.12
constexpr std::size_t kMemInfoWords = 9;
constexpr std::size_t kMemInfoDrops = 8;
constexpr const char* kRemedy = "run it as root, or with CAP_NET_ADMIN, on the host and not in a container";

// Only forks, execs and exits reach us, and the reply to our request. (Forks and exits of threads too: when
// the last thread of a process has ended can't be known otherwise.) The kernel drops a message that is too
// short for the filter's loads. What the filter drops leaves gaps in the connector's own sequence numbers, so
// these don't show losses; the socket's counter of drops does, and counts only what passed the filter.
bool set_filter(int fd) {
  using namespace connector;
  // Loads are in network order.
  const auto equal = [](std::uint32_t value, std::uint8_t then) {
    return sock_filter{BPF_JMP | BPF_JEQ | BPF_K, then, 0, htonl(value)};
  };
  std::array<sock_filter, 7> program = {
      sock_filter{BPF_LD | BPF_W | BPF_ABS, 0, 0, static_cast<std::uint32_t>(kEvent)},
      equal(kEventAck, 4),
      equal(kEventFork, 3),
      equal(kEventExec, 2),
      equal(kEventExit, 1),
      sock_filter{BPF_RET | BPF_K, 0, 0, 0},
      sock_filter{BPF_RET | BPF_K, 0, 0, UINT32_MAX},
  };
  const sock_fprog filter{static_cast<unsigned short>(program.size()), program.data()};
  return setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &filter, sizeof filter) == 0;
}

// The kernel doubles the size that it is given, for its own overhead.
bool set_buffer(int fd, std::uint64_t bytes) {
  const int half = static_cast<int>(std::clamp<std::uint64_t>(bytes / 2, 1, INT_MAX / 2));
  // FORCE goes beyond net.core.rmem_max, with CAP_NET_ADMIN.
  return setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &half, sizeof half) == 0 ||
         setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &half, sizeof half) == 0;
}

}  // namespace

Result<ConnectorSocket> ConnectorSocket::open(std::uint64_t buffer_bytes) {
  FileDescriptor fd(::socket(AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, kNetlinkConnector));
  if (!fd.valid()) {
    return fail_errno("can't open the kernel's proc connector", errno,
                      errno == EPROTONOSUPPORT ? "use a kernel built with CONFIG_CONNECTOR=y" : kRemedy);
  }
  if (!set_filter(fd.get())) return fail_errno("can't set a socket filter", errno);
  if (!set_buffer(fd.get(), buffer_bytes)) return fail_errno("can't set the socket's buffer", errno);
  sockaddr_nl address{};
  address.nl_family = AF_NETLINK;
  address.nl_groups = connector::kIdProc;
  if (::bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    return fail_errno("can't join the proc connector's group", errno, kRemedy);
  }
  return ConnectorSocket(std::move(fd));
}

// Kernels before 6.6 count their listeners and don't see one go.
ConnectorSocket::~ConnectorSocket() {
  if (fd_.valid() && listening_) static_cast<void>(send(connector::kIgnore));
}

Result<void> ConnectorSocket::send(std::uint32_t operation) {
  const auto request = connector::make_request(operation, static_cast<std::uint32_t>(getpid()));
  sockaddr_nl kernel{};
  kernel.nl_family = AF_NETLINK;
  ssize_t sent = 0;
  do {
    sent = ::sendto(fd_.get(), request.data(), request.size(), 0, reinterpret_cast<const sockaddr*>(&kernel),
                    sizeof kernel);
  } while (sent < 0 && errno == EINTR);
  if (sent >= 0) return {};
  if (errno == ECONNREFUSED) {
    return fail_errno("the proc connector isn't there", ECONNREFUSED,
                      "use a kernel built with CONFIG_PROC_EVENTS=y, and the host's network namespace");
  }
  return fail_errno("can't talk to the proc connector", errno, kRemedy);
}

Result<void> ConnectorSocket::listen() {
  if (auto sent = send(connector::kListen); !sent) return sent;
  // The kernel replies before the request returns; to another pid or user namespace not at all.
  std::vector<ConnectorEvent> events;
  bool overrun = false;
  do {
    events.clear();
    if (auto received = receive(events, overrun); !received) return received;
    for (const ConnectorEvent& event : events) {
      if (event.kind != ConnectorEvent::Kind::ack || event.ack != static_cast<std::uint32_t>(getpid()) + 1)
        continue;
      if (event.status != 0) {
        return fail_errno("the proc connector refuses", static_cast<int>(event.status), kRemedy);
      }
      listening_ = true;
      return {};
    }
  } while (!events.empty());
  return fail(ErrorCode::permission, "the proc connector doesn't answer: this is a container",
              "run it on the host: it answers in the initial pid and user namespaces only");
}

Result<void> ConnectorSocket::receive(std::vector<ConnectorEvent>& events, bool& overrun) {
  constexpr std::size_t kBatch = 64;
  constexpr std::size_t kRoom = 128;  // the kernel's messages have 76 bytes
  std::array<std::array<std::byte, kRoom>, kBatch> bytes;
  std::array<sockaddr_nl, kBatch> senders;
  std::array<iovec, kBatch> parts;
  std::array<mmsghdr, kBatch> messages{};
  for (std::size_t i = 0; i < kBatch; ++i) {
    parts[i] = {bytes[i].data(), kRoom};
    messages[i].msg_hdr.msg_name = &senders[i];
    messages[i].msg_hdr.msg_namelen = sizeof senders[i];
    messages[i].msg_hdr.msg_iov = &parts[i];
    messages[i].msg_hdr.msg_iovlen = 1;
  }
  while (true) {
    const int count = ::recvmmsg(fd_.get(), messages.data(), kBatch, MSG_DONTWAIT, nullptr);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0 && errno == ENOBUFS) {
      overrun = true;
      continue;
    }
    if (count < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) return {};
    if (count < 0) return fail_errno("can't read from the proc connector", errno);
    for (std::size_t i = 0; i < static_cast<std::size_t>(count); ++i) {
      if (senders[i].nl_pid != 0) continue;  // not the kernel
      const std::size_t length = std::min<std::size_t>(messages[i].msg_len, kRoom);
      const std::span<const std::byte> datagram(bytes[i].data(), length);
      const auto event = decode_connector(datagram);
      if (!event) {
        events.push_back(bad_message(datagram));
      } else if (*event) {
        events.push_back(**event);
      }
    }
    if (!events.empty()) return {};
  }
}

Result<std::uint32_t> ConnectorSocket::dropped() const {
  std::array<std::uint32_t, kMemInfoWords> info{};
  socklen_t size = sizeof info;
  if (::getsockopt(fd_.get(), SOL_SOCKET, kMemInfo, info.data(), &size) != 0 || size < sizeof info) {
    return fail_errno("can't ask the socket what it dropped", errno, "use a kernel of 4.12 or later");
  }
  return info[kMemInfoDrops];
}

}  // namespace proctree
