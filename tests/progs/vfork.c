// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// vfork: a child in its creator's memory, which execs, or ends without.
#include "truth.h"

int main(int argc, char** argv) {
  char leaf[4096];
  truth_begin(argc, argv);
  truth_beside(leaf, "leaf");
  for (volatile int i = 0; i < 4; i++) {
    volatile uint64_t token = truth_new_token();
    pid_t pid = vfork();
    truth_check(pid >= 0, "vfork");
    if (pid == 0) {
      truth_birth(0, token, truth_self.token, "vfork");
      if (i < 2) truth_execv_as(token, 1, leaf, (char*[]){"parent", "exit=9", NULL});
      truth_end_exit(token, 40 + i);
      _exit(40 + i);
    }
  }
  truth_reap();
  truth_exit(0);
}
