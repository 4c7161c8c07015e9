// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// Posts bodies to one address, several at a time, without waiting for any: its user's loop polls fd().
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "proctree/error.hpp"

namespace proctree {

struct HttpReply {
  int status = 0;      // 0: none came,
  std::string error;   // and why,
  int error_code = 0;  // of its kind
  bool timed_out = false;
  std::string body;  // its beginning
  std::string content_type;
  std::optional<std::uint64_t> retry_after_s;
};

class HttpClient {
 public:
  virtual ~HttpClient() = default;
  HttpClient(const HttpClient&) = delete;
  HttpClient& operator=(const HttpClient&) = delete;

  [[nodiscard]] virtual bool has_room() const = 0;
  // Where it has room. `body` stays where it is until its reply has been taken.
  virtual Result<void> post(std::uint64_t id, std::string_view body, std::uint64_t timeout_ms) = 0;
  // Sends and receives what it can without waiting. `take` may not post.
  virtual void run(const std::function<void(std::uint64_t id, HttpReply&& reply)>& take) = 0;
  // `Name: value`, of each request from now on.
  virtual void set_headers(std::vector<std::string> headers) = 0;
  // Readable when run() has something to do.
  [[nodiscard]] virtual int fd() const = 0;

 protected:
  HttpClient() = default;
};

}  // namespace proctree
