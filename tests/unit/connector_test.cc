// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// Messages of the proc connector, byte by byte, and what waits in the inbox.
#include <gtest/gtest.h>

#include <cstring>
#include <random>
#include <vector>

#include "source/netlink/host_check.hpp"
#include "source/netlink/inbox.hpp"
#include "source/netlink/known_processes.hpp"
#include "source/netlink/messages.hpp"

namespace proctree {
namespace {

using Kind = ConnectorEvent::Kind;
using Bytes = std::vector<std::uint8_t>;

std::span<const std::byte> span(const Bytes& bytes) { return std::as_bytes(std::span(bytes)); }

template <class Number>
void put(Bytes& bytes, std::size_t offset, Number value) {
  std::memcpy(bytes.data() + offset, &value, sizeof value);
}

// As a kernel (little-endian, as all that this is built for) sent them, captured by hand: a shell's
// posix_spawn'd child, 0x79a9 from 0x7975, its exec, and its end with exit code 3.
Bytes captured(std::uint32_t what, std::vector<std::uint32_t> data) {
  Bytes bytes = {76, 0, 0, 0, 3, 0, 0, 0, 0,  0, 0, 0, 0, 0, 0, 0,  // netlink: length, NLMSG_DONE
                 1,  0, 0, 0, 1, 0, 0, 0, 17, 0, 0, 0, 0, 0, 0, 0, 40, 0, 0, 0};  // connector
  bytes.resize(76);
  put(bytes, 36, what);
  put(bytes, 44, std::uint64_t{11748680522905});
  for (std::size_t i = 0; i < data.size(); ++i) put(bytes, 52 + 4 * i, data[i]);
  return bytes;
}
const Bytes kFork = captured(1, {0x7976, 0x7975, 0x79a9, 0x79a9});
const Bytes kExec = captured(2, {0x79a9, 0x79a9});
const Bytes kExit = captured(0x80000000, {0x79aa, 0x79a9, 3 << 8, 17, 0x7976, 0x7975});

TEST(Connector, WhatMakesNoSenseSaysWhatItCan) {
  Bytes fork = kFork;
  put(fork, 64, std::uint32_t{0xfffffff0});  // the child's tgid
  EXPECT_FALSE(decode_connector(span(fork)));
  Bytes exec(kExec.begin(), kExec.begin() + 60);
  put(exec, 0, std::uint32_t{9999});
  EXPECT_FALSE(decode_connector(span(exec)));
  const ConnectorEvent event = bad_message(span(exec));
  EXPECT_EQ(event.kind, Kind::bad);
  EXPECT_EQ(event.bad, connector::kEventExec);
  EXPECT_EQ(event.tgid, 0x79a9U);
  EXPECT_EQ(bad_message(span(fork)).bad, connector::kEventFork);
  for (std::size_t size = 0; size < kExit.size(); ++size)
    EXPECT_EQ(bad_message(span(Bytes(kExit.begin(), kExit.begin() + static_cast<long>(size)))).kind,
              Kind::bad);
}

TEST(Connector, DecodesWhatTheKernelSends) {
  auto event = decode_connector(span(kFork));
  ASSERT_TRUE(event && *event);
  EXPECT_EQ((*event)->kind, Kind::fork);
  EXPECT_EQ((*event)->parent, 0x7975U) << "the process, not the thread";
  EXPECT_EQ((*event)->pid, 0x79a9U);
  EXPECT_EQ((*event)->tgid, 0x79a9U);
  EXPECT_EQ((*event)->monotonic_ns, 11748680522905U);

  event = decode_connector(span(kExec));
  ASSERT_TRUE(event && *event);
  EXPECT_EQ((*event)->kind, Kind::exec);
  EXPECT_EQ((*event)->tgid, 0x79a9U);

  event = decode_connector(span(kExit));
  ASSERT_TRUE(event && *event);
  EXPECT_EQ((*event)->kind, Kind::exit);
  EXPECT_EQ((*event)->pid, 0x79aaU);
  EXPECT_EQ((*event)->tgid, 0x79a9U);
  EXPECT_EQ((*event)->status, 3U << 8);
  EXPECT_EQ((*event)->parent, 0x7975U);
}

TEST(Connector, AnOldKernelsExitHasNoParent) {
  Bytes bytes = kExit;
  put(bytes, connector::kLength, std::uint16_t{32});
  const auto event = decode_connector(span(bytes));
  ASSERT_TRUE(event && *event);
  EXPECT_EQ((*event)->parent, kUnsetId);
  EXPECT_EQ((*event)->status, 3U << 8);
}

TEST(Connector, TheResponseToARequestIsKnownByItsNumber) {
  const auto request = connector::make_request(connector::kListen, 4242);
  EXPECT_EQ(request.size(), 40U);
  Bytes ack = captured(connector::kEventAck, {1});  // EPERM
  put(ack, connector::kAck, 4243U);
  const auto event = decode_connector(span(ack));
  ASSERT_TRUE(event && *event);
  EXPECT_EQ((*event)->kind, Kind::ack);
  EXPECT_EQ((*event)->ack, 4243U);
  EXPECT_EQ((*event)->status, 1U);
}

TEST(Connector, OtherKindsAndOtherSendersAreNothing) {
  for (const std::uint32_t what : {0x4U, 0x40U, 0x80U, 0x100U, 0x200U, 0x40000000U}) {
    const auto event = decode_connector(span(captured(what, {1, 1, 1, 1})));
    ASSERT_TRUE(event);
    EXPECT_FALSE(*event) << what;
  }
  for (const std::size_t offset : {connector::kNetlinkType, connector::kMessage, connector::kMessage + 4}) {
    Bytes bytes = kFork;
    put(bytes, offset, std::uint16_t{7});
    const auto event = decode_connector(span(bytes));
    ASSERT_TRUE(event);
    EXPECT_FALSE(*event) << offset;
  }
}

TEST(Connector, LengthsThatReachOutsideAreRefused) {
  for (const Bytes& whole : {kFork, kExec, kExit}) {
    for (std::size_t size = 0; size < whole.size(); ++size) {
      EXPECT_FALSE(decode_connector(span(Bytes(whole.begin(), whole.begin() + static_cast<long>(size)))))
          << size;
    }
  }
  for (const std::uint32_t length : {0U, 35U, 77U, 0xffffffffU}) {
    Bytes bytes = kFork;
    put(bytes, 0, length);
    EXPECT_FALSE(decode_connector(span(bytes))) << length;
  }
  for (const int length : {0, 1, 19, 31, 41, 0xffff}) {
    Bytes bytes = kFork;
    put(bytes, connector::kLength, static_cast<std::uint16_t>(length));
    EXPECT_FALSE(decode_connector(span(bytes))) << length;
  }
}

TEST(Connector, AnyBytesAreAnEventNothingOrAnError) {
  std::mt19937 random(11);
  std::size_t events = 0;
  for (int i = 0; i < 200'000; ++i) {
    Bytes bytes = random() % 2 == 0 ? kExit : kFork;
    for (auto changes = random() % 6; changes > 0; --changes)
      bytes[random() % bytes.size()] = static_cast<std::uint8_t>(random());
    bytes.resize(random() % 4 == 0 ? random() % 76 : 76);
    bytes.shrink_to_fit();
    const auto event = decode_connector(span(bytes));
    if (event && *event) ++events;
    if (!event) {
      ASSERT_EQ(event.error().code, ErrorCode::corrupt);
    }
  }
  EXPECT_GT(events, 10'000U);
}

ConnectorEvent event(Kind kind, std::uint32_t pid, std::uint32_t tgid) {
  ConnectorEvent made;
  made.kind = kind;
  made.pid = pid;
  made.tgid = tgid;
  return made;
}

TEST(Inbox, ReportsWhatIsStillToCome) {
  Inbox inbox;
  inbox.push(event(Kind::fork, 7, 7));
  inbox.push(event(Kind::exec, 7, 7));
  inbox.push(event(Kind::exec, 7, 7));
  inbox.push(event(Kind::exit, 8, 7));  // of a thread
  inbox.push(event(Kind::exit, 7, 7));
  EXPECT_EQ(inbox.waiting(7).forks, 1U);
  EXPECT_EQ(inbox.waiting(7).execs, 2U);
  EXPECT_EQ(inbox.waiting(7).leader_exits, 1U);
  EXPECT_EQ(inbox.waiting(7).thread_exits, 1U);
  EXPECT_EQ(inbox.waiting(8).leader_exits, 0U);

  EXPECT_EQ(inbox.take().event.kind, Kind::fork);
  EXPECT_EQ(inbox.take().event.kind, Kind::exec);
  EXPECT_EQ(inbox.waiting(7).forks, 0U);
  EXPECT_EQ(inbox.waiting(7).execs, 1U) << "an exec that replaces the one just taken";
  inbox.take();
  inbox.take();
  EXPECT_EQ(inbox.waiting(7).thread_exits, 0U);
  EXPECT_EQ(inbox.waiting(7).leader_exits, 1U);
  inbox.take();
  EXPECT_EQ(inbox.waiting(7).leader_exits, 0U);
  EXPECT_TRUE(inbox.empty());
  EXPECT_EQ(inbox.received(), 5U);
  EXPECT_EQ(inbox.taken(), 5U);
}

TEST(Inbox, ALossStandsInItsPlaceAndIsNoEventOfAProcess) {
  Inbox inbox;
  inbox.push(event(Kind::exec, 0, 0));
  inbox.push_loss(148, 99);
  inbox.push(event(Kind::exec, 0, 0));
  EXPECT_EQ(inbox.take().lost, 0U);
  const Inbox::Item lost = inbox.take();
  EXPECT_EQ(lost.lost, 148U);
  EXPECT_EQ(lost.event.monotonic_ns, 99U);
  EXPECT_EQ(inbox.waiting(0).execs, 1U);
  EXPECT_EQ(inbox.take().lost, 0U);
}

TEST(Inbox, IsBounded) {
  Inbox inbox;
  std::uint32_t pid = 0;
  while (!inbox.full() && pid < 1'000'000) {
    ++pid;
    inbox.push(event(Kind::fork, pid, pid));
  }
  EXPECT_EQ(inbox.received(), 65536U);
  while (!inbox.empty()) inbox.take();
  EXPECT_FALSE(inbox.full());
}

TEST(KnownProcesses, AForksTimeIsMadeToFitTheTickThatProcReports) {
  constexpr std::uint64_t kTick = 500 * kTickNs;
  EXPECT_TRUE(fits_fork(kTick, kTick + 5));
  EXPECT_TRUE(fits_fork(kTick, kTick + kTickNs + 5)) << "told just behind the boundary";
  EXPECT_FALSE(fits_fork(kTick, kTick - 1)) << "a younger holder of the pid";
  EXPECT_FALSE(fits_fork(kTick, kTick + 2 * kTickNs)) << "an older one";
  EXPECT_EQ(start_from_fork(kTick, kTick + 5), kTick + 5);
  EXPECT_EQ(start_from_fork(kTick, kTick + kTickNs + 5), kTick + kTickNs - 1);

  KnownProcess known;
  known.set_comm("a name of more than 15 bytes");
  EXPECT_EQ(known.comm(), "a name of more ");
}

TEST(NetlinkCheck, IsNeverAProblem) {
  EXPECT_EQ(check_netlink(Result<void>{}).status, CheckStatus::ok);
  const HostCheck refused =
      check_netlink(fail(ErrorCode::permission, "the proc connector refuses", "run it as root"));
  EXPECT_EQ(refused.status, CheckStatus::note);
  EXPECT_EQ(refused.remedy, "run it as root");
  EXPECT_NE(refused.detail.find("refuses"), std::string::npos);
}

}  // namespace
}  // namespace proctree
