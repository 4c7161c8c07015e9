// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// fork: children that never exec, children that do, and a line of five generations.
#include "observe.h"

static void generations(int count) {
  char leaf[4096];
  for (int i = 0; i < count; i++) {
    if (truth_fork() != 0) {
      truth_reap();
      truth_exit(i);
    }
    observe_process("birth");
    observe_parent("birth");
  }
  truth_execv(truth_beside(leaf, "leaf"), (char*[]){"parent", "exit=3", NULL});
}

int main(int argc, char** argv) {
  truth_begin(argc, argv);
  for (int i = 0; i < 5; i++) {
    if (truth_fork() == 0) truth_exit(i);
  }
  if (truth_fork() == 0) generations(5);
  truth_reap();
  truth_exit(0);
}
