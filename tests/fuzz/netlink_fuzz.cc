// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// One datagram of the proc connector: an event, nothing or an error, and never more than its bytes say.
#include "fuzz.hpp"
#include "source/netlink/messages.hpp"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace proctree;
  const fuzz::Exact datagram({data, size});
  const auto event = decode_connector(datagram.bytes());
  if (!event) {
    fuzz::require(event.error().code == ErrorCode::corrupt, "an error says what it is");
    return 0;
  }
  if (!*event) return 0;
  // What was decoded needs at least that many bytes.
  std::size_t least = connector::kData + 4;
  if ((*event)->kind == ConnectorEvent::Kind::exec) least = connector::kTgid + 4;
  if ((*event)->kind == ConnectorEvent::Kind::fork) least = connector::kForkChildTgid + 4;
  if ((*event)->kind == ConnectorEvent::Kind::exit) least = connector::kExitCode + 4;
  fuzz::require(size >= least, "an event is not made of bytes that are not there");
  return 0;
}
