// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "proctree/error.hpp"

#include <cerrno>
#include <system_error>

namespace proctree {

std::string_view name_of(ErrorCode code) noexcept {
  switch (code) {
    case ErrorCode::invalid_argument:
      return "invalid_argument";
    case ErrorCode::not_found:
      return "not_found";
    case ErrorCode::permission:
      return "permission";
    case ErrorCode::unsupported:
      return "unsupported";
    case ErrorCode::io:
      return "io";
    case ErrorCode::no_memory:
      return "no_memory";
    case ErrorCode::corrupt:
      return "corrupt";
  }
  return {};
}

std::string Error::to_string() const {
  std::string text = message;
  if (!remedy.empty()) {
    text += "; ";
    text += remedy;
  }
  return text;
}

namespace {

// The kernel's own, which no libc knows.
constexpr int kKernelNotSupported = 524;

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
    case kKernelNotSupported:
      return ErrorCode::unsupported;
    default:
      return ErrorCode::io;
  }
}

// What helps whatever it was that failed.
std::string remedy_of(int system_errno) {
  switch (system_errno) {
    case EMFILE:
      return "raise the limit on open files (ulimit -n)";
    case ENFILE:
      return "raise the system's limit on open files (sysctl fs.file-max)";
    case ENOMEM:
      return "free some memory, or raise the limit on it (ulimit -v)";
    default:
      return {};
  }
}

std::string words_of(int system_errno) {
  if (system_errno == kKernelNotSupported) return "not supported by this kernel (ENOTSUPP)";
  return std::generic_category().message(system_errno);
}

}  // namespace

tl::unexpected<Error> fail_errno(std::string message, int system_errno, std::string remedy) {
  if (std::string general = remedy_of(system_errno); !general.empty()) remedy = std::move(general);
  message += ": ";
  message += words_of(system_errno);
  return tl::make_unexpected(
      Error{code_of(system_errno), std::move(message), std::move(remedy), system_errno});
}

}  // namespace proctree
