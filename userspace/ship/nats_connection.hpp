// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// One connection to a NATS server. libnats's own reconnecting is off: what it buffers meanwhile is sent
// beside what we send again, so a connection that ends is over, and its owner makes the next one.
#pragma once

#include <nats/nats.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "proctree/error.hpp"
#include "ship/remote_address.hpp"
#include "ship/remote_options.hpp"

namespace proctree {

class NatsConnection {
 public:
  // Tries each server once. `more`: servers that an earlier connection reported.
  static Result<std::unique_ptr<NatsConnection>> connect(const RemoteAddress& address,
                                                         const RemoteOptions& options,
                                                         const std::vector<std::string>& more);
  NatsConnection(const NatsConnection&) = delete;
  NatsConnection& operator=(const NatsConnection&) = delete;
  ~NatsConnection();

  [[nodiscard]] natsConnection* get() const { return connection_; }
  [[nodiscard]] bool is_open() const;
  // Waits for the library's threads that read and write; nothing comes in any more. A connection that the
  // library has ended itself is not waited for: of its reader at most one message's handling may be left.
  void close();
  // The server's, as it is now.
  [[nodiscard]] std::size_t max_payload() const;
  // Those that the server reports.
  [[nodiscard]] std::vector<std::string> servers() const;
  // What the server or the library reported last; empty: nothing. It is reported once.
  [[nodiscard]] std::string take_report();

  // A request of JetStream's own API, and its JSON.
  [[nodiscard]] Result<std::string> request(const std::string& subject, const std::string& payload) const;

 private:
  NatsConnection();

  natsConnection* connection_ = nullptr;
  std::uintptr_t number_;  // under which reports are stored: the library's threads may outlive this
};

struct FreeNatsContext {
  void operator()(jsCtx* context) const { jsCtx_Destroy(context); }
};
using NatsContext = std::unique_ptr<jsCtx, FreeNatsContext>;
[[nodiscard]] Result<NatsContext> open_context(const NatsConnection& connection);

inline constexpr std::int64_t kNsPerSecond = 1'000'000'000;

// What to do about it, where something can be said.
[[nodiscard]] tl::unexpected<Error> nats_failure(const std::string& what, natsStatus status);
// A connection that could not be made for want of a server: another attempt may find one.
[[nodiscard]] bool is_unreachable(const Error& error);

}  // namespace proctree
