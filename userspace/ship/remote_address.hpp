// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// Addresses of places beyond a network: SCHEME://HOST[:PORT][,HOST[:PORT]…][/PATH].
#pragma once

#include <string>
#include <string_view>

#include "proctree/error.hpp"

namespace proctree {

struct RemoteAddress {
  std::string scheme;  // without ://
  // Up to the path: one at least, none of them empty; of PostgreSQL, which has a default, any.
  std::string hosts;
  std::string path;  // without the / that begins it

  [[nodiscard]] std::string text() const;
};

// Of a scheme that proctree-ship knows.
[[nodiscard]] bool is_remote(std::string_view where);
[[nodiscard]] inline bool is_nats(std::string_view where) {
  return where.starts_with("nats://") || where.starts_with("tls://");
}
[[nodiscard]] inline bool is_otlp(std::string_view where) {
  return where.starts_with("otlp+http://") || where.starts_with("otlp+https://");
}
[[nodiscard]] inline bool is_postgres(std::string_view where) {
  return where.starts_with("postgresql://") || where.starts_with("postgres://");
}

// Wrong usage: it holds a user, a password or a token, which any process may read there. The error doesn't
// repeat it.
[[nodiscard]] Result<RemoteAddress> parse_remote(std::string_view where);

// Without its port and brackets.
[[nodiscard]] std::string_view host_name(std::string_view host_and_port);

}  // namespace proctree
