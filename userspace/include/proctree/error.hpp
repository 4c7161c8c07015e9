// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// Errors are values: what failed, why, and what the user can do about it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <utility>

#include "proctree/cxx20.hpp"  // first: what follows takes it
#include "proctree/export.h"

namespace proctree {

enum class ErrorCode : std::uint8_t {
  invalid_argument,
  not_found,
  permission,   // a capability or root is missing
  unsupported,  // the kernel or this build lacks something
  io,
  no_memory,
  corrupt,  // bytes that make no sense: a broken record, a damaged file
};

// "invalid_argument", "not_found", …; empty for a number that is no code.
[[nodiscard]] PROCTREE_EXPORT std::string_view name_of(ErrorCode code) noexcept;

struct PROCTREE_EXPORT Error {
  ErrorCode code = ErrorCode::io;
  std::string message;  // what failed and why, without a full stop
  std::string remedy;   // what to do about it; empty where nothing can be said
  int system_errno = 0;

  // "message: reason (remedy)" on one line.
  [[nodiscard]] std::string to_string() const;
};

template <class T>
using Result = tl::expected<T, Error>;

[[nodiscard]] inline tl::unexpected<Error> fail(ErrorCode code, std::string message,
                                                std::string remedy = {}) {
  return tl::make_unexpected(Error{code, std::move(message), std::move(remedy), 0});
}

// The same from errno: `message` is followed by the system's own words for it.
[[nodiscard]] PROCTREE_EXPORT tl::unexpected<Error> fail_errno(std::string message, int system_errno,
                                                               std::string remedy = {});

}  // namespace proctree
