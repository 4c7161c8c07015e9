// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// What the command line says of an end beyond a network.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "proctree/error.hpp"

namespace proctree {

struct RemoteOptions {
  std::string credentials;  // a file
  std::string tls_ca;       // files too
  std::string tls_cert;
  std::string tls_key;
  bool tls_insecure = false;

  [[nodiscard]] bool has_tls() const {
    return tls_insecure || !(tls_ca.empty() && tls_cert.empty() && tls_key.empty());
  }
  [[nodiscard]] bool any() const { return has_tls() || !credentials.empty(); }
};

// Checks that its files can be read: that they can't isn't the lack of a server.
[[nodiscard]] Result<void> check_readable(const RemoteOptions& options);

// Of a stream of JetStream that is made where it is missing.
struct StreamOptions {
  bool create = false;
  std::optional<std::uint32_t> replicas;
  std::optional<std::uint64_t> max_bytes_mib;
  std::optional<double> max_age_s;
  std::optional<double> duplicate_window_s;
  bool until_stored = false;  // the cursor waits for what collectors have stored
};

}  // namespace proctree
