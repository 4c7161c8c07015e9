// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// A stream of JetStream as a place that lines are shipped to.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "base/notice.hpp"
#include "ship/nats_stream.hpp"
#include "ship/ship_source.hpp"
#include "ship/ship_target.hpp"

namespace proctree {

struct NatsTargetOptions {
  RemoteOptions remote;
  StreamOptions stream;
  // Without a server at the start it ends; else it goes on trying, as it does later on.
  bool must_connect = false;
  Notice notice;
  // For `stream.until_stored`: the source once more.
  std::function<Result<std::unique_ptr<ShipSource>>(StreamPositions positions)> reopen;
};

// `to`: nats://HOST[:PORT]/STREAM.
[[nodiscard]] Result<std::unique_ptr<ShipTarget>> open_nats_target(const std::string& to,
                                                                   NatsTargetOptions options);

}  // namespace proctree
