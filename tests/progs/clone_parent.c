// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// CLONE_PARENT: the caller is the creator, but the kernel's parent is the caller's parent.
#include "observe.h"

// Alive until the end is read from `gate`, so that every parent is what was noted.
static void stay(int gate) {
  char byte;
  while (read(gate, &byte, 1) > 0) {
  }
}

static void sibling(const char* leaf) {
  observe_parent("birth");
  truth_execv(leaf, (char*[]){"parent", NULL});
}

int main(int argc, char** argv) {
  char leaf[4096];
  int gate[2];
  truth_begin(argc, argv);
  truth_beside(leaf, "leaf");
  truth_check(pipe(gate) == 0, "pipe");
  if (truth_fork() == 0) {
    close(gate[1]);
    if (truth_clone(CLONE_PARENT | SIGCHLD, "clone_parent") == 0) sibling(leaf);
    if (truth_clone3(CLONE_PARENT, "clone3_parent") == 0) sibling(leaf);
    if (truth_clone(CLONE_PARENT | SIGCHLD, "clone_parent") == 0) {
      // A second step: still a child of the kernel's first parent, two creators away from it.
      if (truth_clone(CLONE_PARENT | SIGCHLD, "clone_parent") == 0) sibling(leaf);
      truth_exit(21);
    }
    stay(gate[0]);
    truth_exit(22);
  }
  // Three siblings and one of theirs end before the creator does.
  for (int i = 0; i < 4; i++) truth_check(wait(NULL) > 0, "wait for a sibling");
  close(gate[1]);
  truth_reap();
  truth_exit(0);
}
