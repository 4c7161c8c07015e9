// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// The stream of JetStream that lines go to: found, or made where that is asked for.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "proctree/error.hpp"
#include "ship/nats_connection.hpp"

namespace proctree {

struct NatsStream {
  std::string name;
  std::size_t message_most = 0;  // of the stream's own configuration; 0: no bound
  std::uint64_t last_seq = 0;
  bool drops_oldest = false;  // when full: `discard: old`
  bool drops_by_age = false;
  bool acknowledges = true;  // false: `no_ack`
};

// For reading: it must be there. An error of the server's that may pass is one of is_unreachable().
[[nodiscard]] Result<NatsStream> find_stream(const NatsConnection& connection, const std::string& name);

// For writing: it must take our subjects and acknowledge, or is made (`options.create`).
[[nodiscard]] Result<NatsStream> open_stream(const NatsConnection& connection, const std::string& name,
                                             const StreamOptions& options);

// What a stream's configuration costs, in a sentence; empty: nothing.
[[nodiscard]] std::string stream_warning(const NatsStream& stream);

}  // namespace proctree
