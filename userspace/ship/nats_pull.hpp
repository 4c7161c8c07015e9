// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// Messages of a pull consumer, in batches. Not by natsSubscription_Fetch(): the library's (before 3.8.3)
// writes beyond its list when messages of an earlier request come beside those of the next.
#pragma once

#include <nats/nats.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "ship/nats_connection.hpp"
#include "ship/nats_message.hpp"

namespace proctree {

// Of one thread. The connection has to live longer, and to be closed before this is destroyed.
class NatsPull {
 public:
  using Messages = std::vector<NatsMessage>;

  static Result<std::unique_ptr<NatsPull>> open(const NatsConnection& connection, const std::string& stream,
                                                const std::string& consumer);
  NatsPull(const NatsPull&) = delete;
  NatsPull& operator=(const NatsPull&) = delete;
  ~NatsPull() { natsSubscription_Destroy(inbox_); }

  // At most `most` messages: those that have come already, else what comes within the time. NATS_OK: there is
  // one at least; NATS_TIMEOUT: there is none; all else says why none can be had.
  natsStatus fetch(std::size_t most, std::int64_t timeout_ms, Messages& into);
  // Of those that are not fetched yet, what has come.
  [[nodiscard]] bool has_more() const;

 private:
  NatsPull(natsConnection* connection, std::string subject)
      : connection_(connection), subject_(std::move(subject)) {}
  natsStatus request(std::size_t most, bool waits, std::int64_t timeout_ms);

  natsConnection* connection_;
  std::string subject_;
  std::string reply_;
  natsSubscription* inbox_ = nullptr;
};

}  // namespace proctree
