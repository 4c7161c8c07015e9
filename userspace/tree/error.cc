// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "tree/error.hpp"

#include <cerrno>
#include <system_error>

namespace proctree {

std::string Error::to_string() const {
  std::string text = message;
  if (!remedy.empty()) {
    text += "; ";
    text += remedy;
  }
  return text;
}

namespace {

ErrorCode code_of(int system_errno) {
  switch (system_errno) {
    case EPERM:
    case EACCES:
      return ErrorCode::permission;
    case ENOENT:
    case ESRCH:
      return ErrorCode::not_found;
    case ENOMEM:
      return ErrorCode::no_memory;
    case ENOSYS:
    case EOPNOTSUPP:
      return ErrorCode::unsupported;
    default:
      return ErrorCode::io;
  }
}

}  // namespace

tl::unexpected<Error> fail_errno(std::string message, int system_errno, std::string remedy) {
  message += ": ";
  message += std::generic_category().message(system_errno);
  return tl::make_unexpected(
      Error{code_of(system_errno), std::move(message), std::move(remedy), system_errno});
}

}  // namespace proctree
