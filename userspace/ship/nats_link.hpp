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

  // One attempt: `set_up` connects, and makes what its owner needs of the connection, until it says ready();
  // `tear_down` destroys that, before the attempt and where it fails.
  template <class SetUp, class TearDown>
  static Result<void> attempt(SetUp&& set_up, TearDown&& tear_down) {
    tear_down();
    auto done = set_up();
    if (!done) tear_down();
    return done;
  }
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
