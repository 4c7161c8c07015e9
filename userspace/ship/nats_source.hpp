// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// A stream of JetStream as a place that lines are shipped from, by a pull consumer: a durable one, whose
// place the server keeps and several may share, or one that reads once what is there.
#pragma once

#include <memory>
#include <string>

#include "base/notice.hpp"
#include "ship/nats_stream.hpp"
#include "ship/ship_source.hpp"

namespace proctree {

struct NatsSourceOptions {
  RemoteOptions remote;
  std::string durable;        // the consumer's name; empty: one of its own
  bool once = false;          // up to the last message that is stored when it begins
  bool until_stored = false;  // make the bucket in which it says what is stored, where it is missing
  Notice notice;
};

// `from`: nats://HOST[:PORT]/STREAM.
[[nodiscard]] Result<std::unique_ptr<ShipSource>> open_nats_source(const std::string& from,
                                                                   NatsSourceOptions options);

}  // namespace proctree
