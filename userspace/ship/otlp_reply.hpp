// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// A receiver's reply to an OTLP/HTTP request, and what follows from it.
#pragma once

#include <cstdint>
#include <string>

#include "ship/http_client.hpp"

namespace proctree {

enum class OtlpOutcome : std::uint8_t {
  accepted,   // all but `rejected`, for good
  retry,      // later: it is busy, or can't be reached
  misplaced,  // it refuses the client, or the address: later, when that has been fixed
  broken,     // it failed, perhaps by something in the request
  too_large,
  invalid,  // it will never take that
};

struct OtlpReply {
  OtlpOutcome outcome = OtlpOutcome::retry;
  std::uint64_t rejected = 0;
  std::string kind;     // the same for all replies of one,
  std::string why;      // `503 Service Unavailable`, or why there was no reply,
  std::string message;  // and the receiver's own words
};

[[nodiscard]] OtlpReply read_otlp_reply(const HttpReply& reply);

}  // namespace proctree
