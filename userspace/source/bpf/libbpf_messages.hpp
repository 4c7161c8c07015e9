// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// libbpf's messages while programs load, and the errors made of them.
#pragma once

#include <bpf/libbpf.h>

#include <string>

#include "proctree/error.hpp"

namespace proctree {

// libbpf prints its diagnostics through one hook of the whole process. It is borrowed while programs load, so
// that the first warning, which causes the others, can be part of our own error. Nothing is printed unless
// `all` of it is asked for: then on standard error.
class LibbpfMessages {
 public:
  explicit LibbpfMessages(bool all);
  ~LibbpfMessages() { libbpf_set_print(previous_); }
  LibbpfMessages(const LibbpfMessages&) = delete;
  LibbpfMessages& operator=(const LibbpfMessages&) = delete;

  static void forget();

 private:
  libbpf_print_fn_t previous_;
};

// The error for a refusal by the kernel, or libbpf, with `error`: of a load, or else of an attach.
[[nodiscard]] tl::unexpected<Error> load_error(const char* what, int error);
[[nodiscard]] tl::unexpected<Error> attach_error(const char* what, int error);

}  // namespace proctree
