// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// Sessions, process groups and a controlling terminal.
#include <stdlib.h>
#include <sys/ioctl.h>

#include "observe.h"

static char leaf[4096];

// A session with a pseudo-terminal: its leader executes, and a child of it in a group of its own.
static void on_terminal(void) {
  int main_side = posix_openpt(O_RDWR | O_NOCTTY), terminal;
  truth_check(main_side >= 0 && grantpt(main_side) == 0 && unlockpt(main_side) == 0, "posix_openpt");
  if (truth_fork() == 0) {
    truth_check(setsid() > 0, "setsid");
    terminal = open(ptsname(main_side), O_RDWR | O_NOCTTY);
    truth_check(terminal >= 0 && ioctl(terminal, TIOCSCTTY, 0) == 0, "TIOCSCTTY");
    if (truth_fork() == 0) {
      truth_check(setpgid(0, 0) == 0, "setpgid");
      if (truth_fork() == 0) {
        observe_process("birth");
        truth_exit(0);
      }
      truth_reap();
      truth_execv(leaf, (char*[]){"parent", NULL});
    }
    truth_reap();
    truth_execv(leaf, (char*[]){"parent", NULL});
  }
  truth_reap();
  close(main_side);
}

int main(int argc, char** argv) {
  truth_begin(argc, argv);
  truth_beside(leaf, "leaf");
  if (truth_fork() == 0) {
    truth_check(setsid() == getpid(), "setsid");
    truth_fact_number(truth_self.token, "exec.1", "sid", (uint64_t)getpid());
    truth_fact_number(truth_self.token, "exec.1", "pgid", (uint64_t)getpid());
    truth_execv(leaf, NULL);
  }
  if (truth_fork() == 0) {
    truth_check(setpgid(0, 0) == 0, "setpgid");
    truth_fact_number(truth_self.token, "exec.1", "pgid", (uint64_t)getpid());
    truth_execv(leaf, NULL);
  }
  truth_reap();
  on_terminal();
  truth_exit(0);
}
