// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// The headers that a file of credentials adds to each request: `Name: value` lines.
#pragma once

#include <string>
#include <vector>

#include "proctree/error.hpp"

namespace proctree {

// Empty lines, and those that begin with `#`, are none. An error doesn't repeat what the file holds.
[[nodiscard]] Result<std::vector<std::string>> read_http_headers(const std::string& path);

}  // namespace proctree
