// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// SIGPIPE and SIGXFSZ: a reader that went away, and a file that may not grow, are errors of write(2) to this
// program, reported like any other. A command that it starts gets both as this program got them.
#pragma once

namespace proctree {

void ignore_write_signals();
// As they were. May be called between fork(2) and execve(2).
void restore_write_signals();

}  // namespace proctree
