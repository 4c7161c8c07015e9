// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// The handle, and what every function of the C interface does around its work.
#pragma once

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <new>
#include <optional>
#include <string>
#include <type_traits>

#include "capi/c_record.hpp"
#include "proctree/proctree.h"
#include "proctree/tracer.hpp"

// `tracer` lives from proctree_open() on.
struct proctree_tracer {
  ::proctree::TracerOptions options;
  const char* wrong_option = nullptr;  // why it can't be opened
  bool closed = false;
  int calling_back = 0;  // callbacks that are running
  bool freed = false;    // in one of them: it goes after that
  std::optional<::proctree::Tracer> tracer;
  ::proctree::capi::CRecord record;
  std::string error;
  std::uint32_t error_code = PROCTREE_ERROR_NONE;
  // What proctree_ancestors() points into.
  ::proctree::Lineage lineage;
};

namespace proctree::capi {

int fail(struct proctree_tracer& tracer, int error, const char* why);
int fail(struct proctree_tracer& tracer, const Error& error);
inline int status_of(const Result<void>& done, struct proctree_tracer& tracer) {
  return done ? 0 : fail(tracer, done.error());
}

// `work` takes the handle and returns a number, negative on failure; nothing that it throws gets out.
template <class Work>
auto guarded(struct proctree_tracer* tracer, Work work)
    -> std::invoke_result_t<Work, struct proctree_tracer&> {
  if (tracer == nullptr) return -EINVAL;
  try {
    tracer->error.clear();
    tracer->error_code = PROCTREE_ERROR_NONE;
    return work(*tracer);
  } catch (const std::bad_alloc&) {
    return fail(*tracer, ENOMEM, "no memory");
  } catch (...) {
    return fail(*tracer, EIO, "internal error");
  }
}

// The same for what needs an open tracer.
template <class Work>
auto with_open(struct proctree_tracer* handle, Work work)
    -> std::invoke_result_t<Work, ::proctree::Tracer&, struct proctree_tracer&> {
  return guarded(
      handle,
      [&work](struct proctree_tracer &
              tracer) -> std::invoke_result_t<Work, ::proctree::Tracer&, struct proctree_tracer&> {
        if (!tracer.tracer) return fail(tracer, EINVAL, "the tracer is not open (proctree_open opens it)");
        return work(*tracer.tracer, tracer);
      });
}

[[nodiscard]] TracerOptions from_c_options(const proctree_options& from);
[[nodiscard]] proctree_options default_options();
// Why options can't be used; null: they can.
[[nodiscard]] const char* what_is_wrong(const proctree_options& options);

// Nowhere to put `count` of what the caller asked for.
inline bool has_no_place(const void* out, std::size_t count) { return out == nullptr && count != 0; }

}  // namespace proctree::capi
