// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "ship/nats_pull.hpp"

#include <string_view>
#include <utility>

#include "base/host_clock.hpp"

namespace proctree {

namespace {

constexpr std::int64_t kNsPerMs = 1'000'000;

std::int64_t now_ms() { return static_cast<std::int64_t>(boot_now_ns()) / kNsPerMs; }

// Of a message that has only a status; empty: it is the stream's.
std::string_view status_of(natsMsg* message) {
  const char* status = nullptr;
  if (natsMsg_GetDataLength(message) > 0 || natsMsgHeader_Get(message, "Status", &status) != NATS_OK)
    return {};
  return status;
}

}  // namespace

Result<std::unique_ptr<NatsPull>> NatsPull::open(const NatsConnection& connection, const std::string& stream,
                                                 const std::string& consumer) {
  std::unique_ptr<NatsPull> pull(
      new NatsPull(connection.get(), "$JS.API.CONSUMER.MSG.NEXT." + stream + '.' + consumer));
  natsInbox* inbox = nullptr;
  if (const natsStatus status = natsInbox_Create(&inbox); status != NATS_OK)
    return nats_failure("no inbox", status);
  pull->reply_ = inbox;
  natsInbox_Destroy(inbox);
  const natsStatus status =
      natsConnection_SubscribeSync(&pull->inbox_, connection.get(), pull->reply_.c_str());
  if (status != NATS_OK) return nats_failure("cannot subscribe to " + pull->reply_, status);
  return pull;
}

natsStatus NatsPull::request(std::size_t most, bool waits, std::int64_t timeout_ms) {
  const std::string body = "{\"batch\":" + std::to_string(most) +
                           ",\"expires\":" + std::to_string(timeout_ms * kNsPerMs) +
                           (waits ? "}" : ",\"no_wait\":true}");
  return natsConnection_PublishRequestString(connection_, subject_.c_str(), reply_.c_str(), body.c_str());
}

bool NatsPull::has_more() const {
  int messages = 0;
  return natsSubscription_GetPending(inbox_, &messages, nullptr) == NATS_OK && messages > 0;
}

// Statuses that have come are of earlier requests. A new one asks for what there is, and waits only where
// there is nothing.
natsStatus NatsPull::fetch(std::size_t most, std::int64_t timeout_ms, Messages& into) {
  into.clear();
  const std::int64_t until_ms = now_ms() + timeout_ms;
  bool is_asked = false;
  bool waits = false;
  natsStatus status = NATS_OK;
  while (status == NATS_OK && into.size() < most) {
    const std::int64_t left_ms = until_ms - now_ms();
    if (left_ms <= 0) {
      status = NATS_TIMEOUT;
    } else if (!is_asked && !has_more()) {
      if (!into.empty()) break;
      status = request(most, waits, left_ms);
      is_asked = true;
    } else {
      natsMsg* raw = nullptr;
      status = natsSubscription_NextMsg(&raw, inbox_, left_ms);
      if (status != NATS_OK) break;
      Messages::value_type message(raw);
      const std::string_view code = status_of(raw);
      if (code.empty()) {
        into.push_back(std::move(message));
      } else if (is_asked && code == "404" && into.empty() && !waits) {
        waits = true;
        is_asked = false;
      } else if (is_asked && code != "100") {
        status = code == "404" || code == "408" ? NATS_TIMEOUT : NATS_ERR;
      }
    }
  }
  return into.empty() ? status : NATS_OK;
}

}  // namespace proctree
