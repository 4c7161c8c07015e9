// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "ship/otlp_reply.hpp"

#include <array>
#include <cstddef>
#include <string_view>

#include "base/escape.hpp"
#include "base/protobuf_reader.hpp"

namespace proctree {

namespace {

constexpr std::size_t kShownMost = 200;

OtlpOutcome outcome_of(int status) {
  if (status >= 200 && status < 300) return OtlpOutcome::accepted;
  switch (status) {
    case 0:    // no reply
    case 408:  // Request Timeout
    case 425:  // Too Early
    case 429:  // Too Many Requests
    case 502:  // Bad Gateway
    case 503:  // Service Unavailable
    case 504:  // Gateway Timeout
      return OtlpOutcome::retry;
    case 413:  // Content Too Large
      return OtlpOutcome::too_large;
    case 401:  // Unauthorized
    case 402:  // Payment Required
    case 403:  // Forbidden
    case 404:  // Not Found
    case 405:  // Method Not Allowed
    case 407:  // Proxy Authentication Required
    case 415:  // Unsupported Media Type
    case 421:  // Misdirected Request
    case 426:  // Upgrade Required
    case 501:  // Not Implemented
    case 505:  // HTTP Version Not Supported
    case 511:  // Network Authentication Required
      return OtlpOutcome::misplaced;
    default:
      if (status >= 500) return OtlpOutcome::broken;
      return status < 400 ? OtlpOutcome::misplaced : OtlpOutcome::invalid;
  }
}

std::string_view name_of_status(int status) {
  struct Name {
    int status;
    std::string_view name;
  };
  constexpr std::array kNames = {Name{400, " Bad Request"},
                                 Name{401, " Unauthorized"},
                                 Name{403, " Forbidden"},
                                 Name{404, " Not Found"},
                                 Name{405, " Method Not Allowed"},
                                 Name{413, " Content Too Large"},
                                 Name{415, " Unsupported Media Type"},
                                 Name{429, " Too Many Requests"},
                                 Name{500, " Internal Server Error"},
                                 Name{502, " Bad Gateway"},
                                 Name{503, " Service Unavailable"},
                                 Name{504, " Gateway Timeout"}};
  for (const Name& name : kNames) {
    if (name.status == status) return name.name;
  }
  return "";
}

std::string shown(std::string_view text) {
  std::string out;
  append_visible(out, text.substr(0, kShownMost));
  return out;
}

// ExportLogsServiceResponse, and its ExportLogsPartialSuccess.
void read_response(std::string_view body, OtlpReply& reply) {
  ProtobufReader response(body);
  while (response.next()) {
    if (response.field() != 1 || !response.is_bytes()) continue;
    ProtobufReader partial(response.bytes());
    while (partial.next()) {
      if (partial.field() == 1 && partial.is_number()) reply.rejected = partial.number();
      if (partial.field() == 2 && partial.is_bytes()) reply.message = shown(partial.bytes());
    }
  }
}

// google.rpc.Status.
std::string status_message(std::string_view body) {
  ProtobufReader status(body);
  while (status.next()) {
    if (status.field() == 2 && status.is_bytes()) return shown(status.bytes());
  }
  return "";
}

}  // namespace

OtlpReply read_otlp_reply(const HttpReply& http) {
  OtlpReply reply;
  reply.outcome = outcome_of(http.status);
  reply.kind = http.status == 0 ? "no reply " + std::to_string(http.error_code) : std::to_string(http.status);
  reply.why =
      http.status == 0 ? http.error : std::to_string(http.status) + std::string(name_of_status(http.status));
  const bool is_protobuf = http.content_type.starts_with("application/x-protobuf");
  if (reply.outcome == OtlpOutcome::accepted) {
    if (is_protobuf) read_response(http.body, reply);
  } else if (is_protobuf) {
    reply.message = status_message(http.body);
  } else {
    const std::string_view first_line = std::string_view(http.body).substr(0, http.body.find('\n'));
    reply.message = shown(first_line);
  }
  return reply;
}

}  // namespace proctree
