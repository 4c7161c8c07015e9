// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "cli/write_signals.hpp"

#include <csignal>

namespace proctree {

namespace {

using Handler = void (*)(int);

Handler pipe_before = SIG_DFL;
Handler file_size_before = SIG_DFL;

}  // namespace

void ignore_write_signals() {
  pipe_before = std::signal(SIGPIPE, SIG_IGN);
  file_size_before = std::signal(SIGXFSZ, SIG_IGN);
}

void restore_write_signals() {
  std::signal(SIGPIPE, pipe_before);
  std::signal(SIGXFSZ, file_size_before);
}

}  // namespace proctree
