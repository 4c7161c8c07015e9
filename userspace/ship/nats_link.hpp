// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// An end's connection over time: one that ends is made again, each second for as long as it takes, to any of
// the servers known by then; and the reports about it.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/notice.hpp"
#include "ship/nats_connection.hpp"
#include "ship/remote_address.hpp"
#include "ship/remote_options.hpp"

namespace proctree {

class NatsLink {
 public:
  NatsLink(RemoteAddress address, RemoteOptions options, Notice notice);

  // Null: there is none. One that has ended is there until disconnect().
  [[nodiscard]] NatsConnection* connection() const { return connection_.get(); }
  [[nodiscard]] bool is_open() const { return connection_ && connection_->is_open(); }
  [[nodiscard]] const std::string& stream() const { return address_.path; }
  [[nodiscard]] std::string where() const { return address_.text(); }

  // One attempt. ready() says that all is there that its owner needs of it.
  Result<void> connect();
  void ready();
  [[nodiscard]] bool was_ready() const { return was_ready_; }
  // Before what was made of the connection is destroyed: the library (before 3.7) uses a subscription that is
  // destroyed while a message of it comes in.
  void close() {
    if (connection_) connection_->close();
  }
  void disconnect() { connection_.reset(); }

  [[nodiscard]] std::uint64_t next_attempt_ns() const { return next_attempt_ns_; }
  void try_again_at(std::uint64_t boot_ns) { next_attempt_ns_ = boot_ns; }
  // Of an attempt: the error that any other will meet too; one that may pass is reported.
  Result<void> outlive(Result<void> attempt);

  // Each new state once, and again while it lasts; one that ended is new when it comes again.
  void report(const std::string& text);
  void end_reported() { reported_.clear(); }

 private:
  const RemoteAddress address_;
  const RemoteOptions options_;
  const Notice notice_;
  std::vector<std::string> servers_;  // that other servers reported
  std::unique_ptr<NatsConnection> connection_;
  std::uint64_t next_attempt_ns_ = 0;
  bool was_ready_ = false;
  std::string reported_;
  std::uint64_t reported_ns_ = 0;
};

}  // namespace proctree
