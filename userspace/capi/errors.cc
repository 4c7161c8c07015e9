// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// Errors and enumerations by number and by name.
#include <array>
#include <string_view>

#include "capi/handle.hpp"
#include "tree/entry_type.hpp"
#include "tree/lineage.hpp"
#include "tree/record_kind.hpp"

namespace proctree::capi {

namespace {

int errno_of(const Error& error) {
  if (error.system_errno != 0) return error.system_errno;
  switch (error.code) {
    case ErrorCode::invalid_argument:
      return EINVAL;
    case ErrorCode::not_found:
      return ENOENT;
    case ErrorCode::permission:
      return EPERM;
    case ErrorCode::unsupported:
      return ENOTSUP;
    case ErrorCode::no_memory:
      return ENOMEM;
    case ErrorCode::corrupt:
      return EBADMSG;
    case ErrorCode::io:
      break;
  }
  return EIO;
}

// What the C interface itself finds wrong.
ErrorCode code_of(int error) {
  switch (error) {
    case EINVAL:
      return ErrorCode::invalid_argument;
    case ENOENT:
      return ErrorCode::not_found;
    case ENOMEM:
      return ErrorCode::no_memory;
    default:
      return ErrorCode::io;
  }
}

// 0 is no error.
constexpr std::uint32_t to_c(ErrorCode code) { return static_cast<std::uint32_t>(code) + 1; }
static_assert(to_c(ErrorCode::invalid_argument) == PROCTREE_ERROR_INVALID_ARGUMENT &&
              to_c(ErrorCode::not_found) == PROCTREE_ERROR_NOT_FOUND &&
              to_c(ErrorCode::permission) == PROCTREE_ERROR_PERMISSION &&
              to_c(ErrorCode::unsupported) == PROCTREE_ERROR_UNSUPPORTED &&
              to_c(ErrorCode::io) == PROCTREE_ERROR_IO &&
              to_c(ErrorCode::no_memory) == PROCTREE_ERROR_NO_MEMORY &&
              to_c(ErrorCode::corrupt) == PROCTREE_ERROR_CORRUPT);

}  // namespace

int fail(struct proctree_tracer& tracer, int error, const char* why) {
  tracer.error_code = to_c(code_of(error));
  tracer.error = why;  // short enough to take no memory, or it throws into the guard
  return -error;
}

int fail(struct proctree_tracer& tracer, const Error& error) {
  tracer.error_code = to_c(error.code);
  tracer.error = error.to_string();
  return -errno_of(error);
}

}  // namespace proctree::capi

// All names are literals, which end with NUL.
const char* proctree_kind_name(uint32_t kind) {
  for (std::size_t i = 0; i < ::proctree::kRecordKindNames.size(); ++i) {
    if (::proctree::capi::kind_in_c(static_cast<::proctree::RecordKind>(i)) == kind)
      return ::proctree::kRecordKindNames[i].data();
  }
  return "";
}

const char* proctree_entry_type_name(uint32_t type) {
  const auto name = ::proctree::name_of(static_cast<::proctree::EntryType>(type));
  return type > UINT8_MAX || name.empty() ? "" : name.data();
}

const char* proctree_error_name(uint32_t error) {
  if (error == PROCTREE_ERROR_NONE || error > UINT8_MAX) return "";
  const auto name = ::proctree::name_of(static_cast<::proctree::ErrorCode>(error - 1));
  return name.empty() ? "" : name.data();
}

const char* proctree_edge_name(uint32_t edge) {
  if (edge > PROCTREE_INFERRED) return "";
  return ::proctree::edge_name(static_cast<::proctree::Edge>(edge)).data();
}

const char* proctree_last_error(const struct proctree_tracer* tracer) {
  return tracer == nullptr ? "no tracer was given" : tracer->error.c_str();
}

uint32_t proctree_last_error_code(const struct proctree_tracer* tracer) {
  return tracer == nullptr ? std::uint32_t{PROCTREE_ERROR_INVALID_ARGUMENT} : tracer->error_code;
}
