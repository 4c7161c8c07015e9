// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "ship/nats_link.hpp"

#include <algorithm>
#include <utility>

#include "base/host_clock.hpp"
#include "base/try.hpp"

namespace proctree {

namespace {

constexpr std::uint64_t kReconnectNs = 1'000'000'000;  // between two attempts, at least
constexpr std::uint64_t kNoticeNs = 60'000'000'000;

}  // namespace

NatsLink::NatsLink(RemoteAddress address, RemoteOptions options, Notice notice)
    : address_(std::move(address)), options_(std::move(options)), notice_(std::move(notice)) {}

Result<void> NatsLink::connect() {
  next_attempt_ns_ = boot_now_ns() + kReconnectNs;
  connection_ = PROCTREE_TRY(NatsConnection::connect(address_, options_, servers_));
  return {};
}

void NatsLink::ready() {
  for (std::string& server : connection_->servers()) {
    if (std::ranges::find(servers_, server) == servers_.end()) servers_.push_back(std::move(server));
  }
  was_ready_ = true;
  end_reported();
}

// During an election in a cluster a stream may be missing for a while: if it was there before, that is no
// error.
Result<void> NatsLink::outlive(Result<void> attempt) {
  if (attempt || (!was_ready_ && !is_unreachable(attempt.error()))) return attempt;
  report(attempt.error().to_string() + "; trying again");
  return {};
}

void NatsLink::report(const std::string& text) {
  const std::uint64_t now_ns = boot_now_ns();
  if (text == reported_ && now_ns < reported_ns_ + kNoticeNs) return;
  reported_ = text;
  reported_ns_ = now_ns;
  notice_(text);
}

}  // namespace proctree
