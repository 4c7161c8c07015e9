// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// The words in which lines go to JetStream: subjects, message ids, and what a server acknowledges with.
// Nothing of it needs a connection.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "spool/spool_reader.hpp"

namespace proctree {

inline constexpr std::string_view kSubjects = "proctree.v1.>";
inline constexpr std::size_t kPayloadLeast = 9'216;  // a line of kLineMaxLeast and its header

// One token of a subject: bytes outside of [A-Za-z0-9_-] become =HH. Never empty.
[[nodiscard]] std::string subject_token(std::string_view text);
// `host`: the object of a `start` line. The token that it is known by.
[[nodiscard]] std::string host_token(std::string_view host);
[[nodiscard]] std::string subject_of(std::string_view host_token, std::string_view type);

// A stream's name as a tracer makes it; a digest of another, of a recording that may hold anything.
[[nodiscard]] std::string stream_key(std::string_view stream);
// A line's key: STREAM-SEQ, STREAM-FROM-TO-lost.
[[nodiscard]] std::string line_key(const SpoolItem& item);

inline constexpr std::string_view kMessageIdHeader = "Nats-Msg-Id";  // a literal: data() ends with a NUL
// What the header with the message's id takes of the server's max_payload.
[[nodiscard]] std::size_t header_size(std::string_view message_id);

struct PublishAck {
  std::string stream;
  std::uint64_t seq = 0;
  bool is_duplicate = false;
  std::uint64_t code = 0;        // as HTTP's; 0: it is stored
  std::uint64_t error_code = 0;  // JetStream's own
  std::string description;

  [[nodiscard]] bool is_stored() const { return code == 0 && error_code == 0 && !stream.empty(); }
};
// What makes no sense is an error that says so.
[[nodiscard]] PublishAck parse_publish_ack(std::string_view json);

}  // namespace proctree
