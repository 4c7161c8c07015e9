// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// A line of processes, each in an image of its own name, that stays until the test lets it go.
//
//   nest @x… NAME…
//
// The last one says "ready" on its standard output; all read NEST_GATE_FD to its end.
#include "observe.h"

#define NEST_GATE_FD 197

int main(int argc, char** argv) {
  int i = truth_begin(argc, argv) + 1;
  char self[4096], path[300], byte;
  if (i < argc) {
    truth_beside(self, "nest");
    truth_check(symlink(self, argv[i]) == 0 || errno == EEXIST, "symlink");
    if (truth_fork() == 0) {
      snprintf(path, sizeof(path), "./%s", argv[i]);
      truth_execv(path, argv + i + 1);
    }
  } else {
    truth_check(write(1, "ready\n", 6) == 6, "say ready");
  }
  while (read(NEST_GATE_FD, &byte, 1) > 0) {
  }
  truth_reap();
  truth_exit(0);
}
