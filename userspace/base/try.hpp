// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// Handing an error on to the caller.
#pragma once

#include <type_traits>
#include <utility>

#include "proctree/error.hpp"

namespace proctree::detail {

template <class T>
T value_of(Result<T>&& result) {
  return *std::move(result);
}

}  // namespace proctree::detail

// The value of a Result, or else the function that this stands in returns its error:
//
//   const Host host = PROCTREE_TRY(this_host());
//   PROCTREE_CHECK(output.flush());
//
// The first is of a Result with a value, which is the expression's; the second of a Result<void>, so that a
// value that has to be held (a guard) is not dropped unnoticed.
//
// Not in the middle of an expression that has made something already, the memory of a `new` or a temporary:
// the return on an error leaves that behind.
//
// A statement expression, which GCC and Clang have, since with a plain macro each value would need a line and
// a variable of its own.
#define PROCTREE_TRY(...) PROCTREE_TRY_NAMED(PROCTREE_TRY_JOIN(result_, __COUNTER__), __VA_ARGS__)
#define PROCTREE_CHECK(...) PROCTREE_CHECK_NAMED(PROCTREE_TRY_JOIN(result_, __COUNTER__), __VA_ARGS__)
#define PROCTREE_TRY_JOIN(a, b) PROCTREE_TRY_JOIN_EXPANDED(a, b)
#define PROCTREE_TRY_JOIN_EXPANDED(a, b) a##b
#define PROCTREE_TRY_NAMED(result, ...)                                                                   \
  ({                                                                                                      \
    auto result = (__VA_ARGS__);                                                                          \
    static_assert(!std::is_void_v<typename decltype(result)::value_type>, "PROCTREE_CHECK is for these"); \
    if (!result) return tl::make_unexpected(std::move(result).error());                                   \
    ::proctree::detail::value_of(std::move(result));                                                      \
  })
#define PROCTREE_CHECK_NAMED(result, ...)                                                               \
  do {                                                                                                  \
    auto result = (__VA_ARGS__);                                                                        \
    static_assert(std::is_void_v<typename decltype(result)::value_type>, "the value would be dropped"); \
    if (!result) return tl::make_unexpected(std::move(result).error());                                 \
  } while (false)
