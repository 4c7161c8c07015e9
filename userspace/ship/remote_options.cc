// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "ship/remote_options.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <utility>

namespace proctree {

Result<void> check_readable(const RemoteOptions& options) {
  const std::array<std::pair<const char*, const std::string&>, 4> files = {{
      {"--credentials", options.credentials},
      {"--tls-ca", options.tls_ca},
      {"--tls-cert", options.tls_cert},
      {"--tls-key", options.tls_key},
  }};
  for (const auto& [option, path] : files) {
    if (path.empty() || ::faccessat(AT_FDCWD, path.c_str(), R_OK, AT_EACCESS) == 0) continue;
    auto error = fail_errno(std::string(option) + ": cannot read " + path, errno);
    error.value().code = ErrorCode::permission;
    return error;
  }
  return {};
}

}  // namespace proctree
