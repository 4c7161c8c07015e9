// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "source/netlink/messages.hpp"

#include <cstring>

#include "proctree/facts.hpp"
#include "source/bad_record.hpp"

namespace proctree {

namespace {

constexpr std::uint16_t kNetlinkDone = 3;  // NLMSG_DONE: the type of the connector's messages
constexpr std::size_t kNetlinkPid = 12;
constexpr std::size_t kMessageVal = connector::kMessage + 4;

template <class Number>
Number number_at(std::span<const std::byte> bytes, std::size_t offset) {
  Number value{};
  std::memcpy(&value, bytes.data() + offset, sizeof value);
  return value;
}

tl::unexpected<Error> broken(const char* what) {
  return fail(ErrorCode::corrupt,
              std::string("the kernel's proc connector sent a message that makes no sense (") + what + ")",
              "report this as a bug, with the kernel's version");
}

// No process has such a pid.
Result<std::optional<ConnectorEvent>> checked(const ConnectorEvent& event) {
  const bool has_parent = event.parent != kUnsetId;
  if (event.pid >= kPidsEnd || event.tgid >= kPidsEnd || event.tgid == 0 ||
      (has_parent && event.parent >= kPidsEnd)) {
    return broken("pid");
  }
  return event;
}

}  // namespace

connector::Request connector::make_request(std::uint32_t operation, std::uint32_t ack) {
  Request bytes{};
  const auto put = [&bytes](std::size_t offset, auto value) {
    std::memcpy(bytes.data() + offset, &value, sizeof value);
  };
  put(0, static_cast<std::uint32_t>(bytes.size()));
  put(kNetlinkType, kNetlinkDone);
  put(kNetlinkPid, std::uint32_t{0});
  put(kMessage, kIdProc);
  put(kMessageVal, kIdProc);
  put(kAck, ack);
  put(kLength, static_cast<std::uint16_t>(sizeof operation));
  put(kEvent, operation);
  return bytes;
}

ConnectorEvent bad_message(std::span<const std::byte> datagram) {
  using namespace connector;
  ConnectorEvent event;
  event.kind = ConnectorEvent::Kind::bad;
  if (datagram.size() >= kEvent + 4) event.bad = number_at<std::uint32_t>(datagram, kEvent);
  const std::size_t tgid = event.bad == kEventFork ? kForkChildTgid : kTgid;
  if (datagram.size() >= tgid + 4) event.tgid = number_at<std::uint32_t>(datagram, tgid);
  return event;
}

Result<std::optional<ConnectorEvent>> decode_connector(std::span<const std::byte> datagram) {
  using namespace connector;
  if (datagram.size() < kEvent) return broken("size");
  const auto length = number_at<std::uint32_t>(datagram, 0);
  if (length < kEvent || length > datagram.size()) return broken("netlink length");
  if (number_at<std::uint16_t>(datagram, kNetlinkType) != kNetlinkDone ||
      number_at<std::uint32_t>(datagram, kMessage) != kIdProc ||
      number_at<std::uint32_t>(datagram, kMessageVal) != kIdProc) {
    return std::optional<ConnectorEvent>();
  }
  if (number_at<std::uint16_t>(datagram, kLength) > length - kEvent) return broken("connector length");
  const auto bytes = datagram.first(kEvent + number_at<std::uint16_t>(datagram, kLength));
  const auto has = [&bytes](std::size_t end) { return bytes.size() >= end; };
  if (!has(kData + 4)) return broken("event");

  ConnectorEvent event;
  event.ack = number_at<std::uint32_t>(bytes, kAck);
  event.monotonic_ns = number_at<std::uint64_t>(bytes, kTimestamp);
  switch (number_at<std::uint32_t>(bytes, kEvent)) {
    case kEventAck:
      event.status = number_at<std::uint32_t>(bytes, kData);
      return event;
    case kEventFork:
      if (!has(kForkChildTgid + 4)) return broken("fork");
      event.kind = ConnectorEvent::Kind::fork;
      event.parent = number_at<std::uint32_t>(bytes, kForkParentTgid);
      event.pid = number_at<std::uint32_t>(bytes, kForkChildPid);
      event.tgid = number_at<std::uint32_t>(bytes, kForkChildTgid);
      return checked(event);
    case kEventExec:
      if (!has(kTgid + 4)) return broken("exec");
      event.kind = ConnectorEvent::Kind::exec;
      event.pid = number_at<std::uint32_t>(bytes, kPid);
      event.tgid = number_at<std::uint32_t>(bytes, kTgid);
      return checked(event);
    case kEventExit:
      if (!has(kExitCode + 4)) return broken("exit");
      event.kind = ConnectorEvent::Kind::exit;
      event.pid = number_at<std::uint32_t>(bytes, kPid);
      event.tgid = number_at<std::uint32_t>(bytes, kTgid);
      event.status = number_at<std::uint32_t>(bytes, kExitCode);
      event.parent = has(kEnd) ? number_at<std::uint32_t>(bytes, kExitParentTgid) : kUnsetId;
      return checked(event);
    default:
      return std::optional<ConnectorEvent>();
  }
}

}  // namespace proctree
