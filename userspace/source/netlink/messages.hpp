// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// The messages of the kernel's proc connector, decoded. Every length is checked before it is used: bytes
// that make no sense are an error and never a read outside of them.
//
// A message is a netlink header, the connector's (struct cn_msg) and a struct proc_event, all in the
// byte order of the host (linux/netlink.h, linux/connector.h, linux/cn_proc.h). The offsets are the
// kernel's ABI; the socket filter uses them too.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "proctree/error.hpp"

namespace proctree {

namespace connector {

inline constexpr std::size_t kNetlinkType = 4;  // u16, behind the length
inline constexpr std::size_t kMessage = 16;     // cn_msg: idx, val, seq, ack, len (u16), flags (u16)
inline constexpr std::size_t kAck = kMessage + 12;
inline constexpr std::size_t kLength = kMessage + 16;
inline constexpr std::size_t kEvent = kMessage + 20;  // proc_event: what, cpu, timestamp (u64), data
inline constexpr std::size_t kTimestamp = kEvent + 8;
inline constexpr std::size_t kData = kEvent + 16;
// fork: parent_pid, parent_tgid, child_pid, child_tgid; exec: pid, tgid; exit: pid, tgid, code, signal
// and, since 4.18, parent_pid, parent_tgid. A "pid" here is a thread's, a "tgid" a process's.
inline constexpr std::size_t kForkParentTgid = kData + 4;
inline constexpr std::size_t kForkChildPid = kData + 8;
inline constexpr std::size_t kForkChildTgid = kData + 12;
inline constexpr std::size_t kPid = kData;
inline constexpr std::size_t kTgid = kData + 4;
inline constexpr std::size_t kExitCode = kData + 8;
inline constexpr std::size_t kExitParentTgid = kData + 20;
inline constexpr std::size_t kEnd = kData + 24;

inline constexpr std::uint32_t kIdProc = 1;  // CN_IDX_PROC, CN_VAL_PROC, and the multicast group
inline constexpr std::uint32_t kListen = 1;  // PROC_CN_MCAST_LISTEN
inline constexpr std::uint32_t kIgnore = 2;
inline constexpr std::uint32_t kEventAck = 0;  // PROC_EVENT_NONE: the reply to LISTEN and IGNORE
inline constexpr std::uint32_t kEventFork = 1;
inline constexpr std::uint32_t kEventExec = 2;
inline constexpr std::uint32_t kEventExit = 0x8000'0000;

// What is sent to begin or end listening; the kernel replies with `ack` + 1.
using Request = std::array<std::byte, kEvent + 4>;
[[nodiscard]] Request make_request(std::uint32_t operation, std::uint32_t ack);

}  // namespace connector

struct ConnectorEvent {
  enum class Kind : std::uint8_t { ack, fork, exec, exit, bad };

  Kind kind = Kind::ack;
  std::uint32_t pid = 0;   // the thread; of a fork: the child's
  std::uint32_t tgid = 0;  // its process
  std::uint32_t bad = 0;   // of one that makes no sense: what it says it is, as the kernel numbers events
  // fork, exit: the process that is the kernel's parent (real_parent); kUnsetId: not reported (an old
  // kernel).
  std::uint32_t parent = 0;
  std::uint32_t status = 0;  // exit: of this thread, as wait(2) reports it; ack: an errno, 0 for none
  std::uint32_t ack = 0;
  std::uint64_t monotonic_ns = 0;
};

// What can be read of a datagram that makes no sense.
[[nodiscard]] ConnectorEvent bad_message(std::span<const std::byte> datagram);

// One datagram; std::nullopt for a message that is not ours or an event of another kind.
[[nodiscard]] Result<std::optional<ConnectorEvent>> decode_connector(std::span<const std::byte> datagram);

}  // namespace proctree
