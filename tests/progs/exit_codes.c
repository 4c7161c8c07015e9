// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// Every exit code, and more bits than a status has.
#include "truth.h"

int main(int argc, char** argv) {
  truth_begin(argc, argv);
  for (int code = 0; code < 256; code++) {
    if (truth_fork() == 0) truth_exit(code);
  }
  if (truth_fork() == 0) truth_exit(-1);
  if (truth_fork() == 0) truth_exit(0x1234);
  truth_reap();
  truth_exit(255);
}
