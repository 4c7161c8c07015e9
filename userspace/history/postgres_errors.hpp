// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// PostgreSQL's errors by SQLSTATE, which is the same in all languages, and what to do about them.
#pragma once

#include <string>
#include <string_view>

#include "proctree/error.hpp"

namespace proctree {

// `state` is empty where no server has replied. ErrorCode::io: another attempt may succeed.
[[nodiscard]] tl::unexpected<Error> postgres_error(std::string message, std::string_view state);

// Of an error of libpq's that has them instead of texts (PQERRORS_SQLSTATE), the last one; empty: none.
[[nodiscard]] std::string_view last_state_of(std::string_view message);

}  // namespace proctree
