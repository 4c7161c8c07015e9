// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// A stream of JetStream as a place that lines are shipped to.
#pragma once

#include <memory>
#include <string>

#include "ship/nats_stream.hpp"
#include "ship/ship_target.hpp"

namespace proctree {

struct NatsTargetOptions {
  RemoteOptions remote;
  StreamOptions stream;
  // Without a server at the start it ends; else it goes on trying, as it does later on.
  bool must_connect = false;
  Notice notice;
};

// `to`: nats://HOST[:PORT]/STREAM.
[[nodiscard]] Result<std::unique_ptr<ShipTarget>> open_nats_target(const std::string& to,
                                                                   NatsTargetOptions options);

}  // namespace proctree
