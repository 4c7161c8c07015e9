// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// What libbpf says while programs load, and the errors that are made of it.
#pragma once

#include <bpf/libbpf.h>

#include <string>

#include "proctree/error.hpp"

namespace proctree {

// libbpf prints its diagnostics through one hook of the whole process: borrowed while programs load, so that
// its first complaint, of which what follows comes, can be part of our own error. Nothing is printed but
// where `all` of it is asked for: then on standard error.
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

// That the kernel, or libbpf, refused with `error`: at the load, or else at an attach.
[[nodiscard]] tl::unexpected<Error> load_error(const char* what, int error);
[[nodiscard]] tl::unexpected<Error> attach_error(const char* what, int error);

}  // namespace proctree
