// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// Double fork: the middle process ends, the daemon is adopted, and its creator is still its creator.
#include <sys/prctl.h>

#include "observe.h"

static void wait_for_adoption(pid_t middle) {
  while (getppid() == middle) usleep(1000);
}

// Forks a middle process, which forks the daemon and ends. `adopter` 0: whoever it is.
static void daemonise(int new_session, pid_t adopter) {
  char leaf[4096], where[32];
  if (truth_fork() == 0) {
    pid_t middle = getpid();
    if (new_session) truth_check(setsid() == middle, "setsid");
    if (truth_fork() == 0) {
      wait_for_adoption(middle);
      truth_where_exec(where, 1);
      truth_fact_bool(truth_self.token, where, "ancestors.0.exited", 1);
      if (adopter) truth_fact_number(truth_self.token, where, "ppid", (uint64_t)adopter);
      truth_execv(truth_beside(leaf, "leaf"), (char*[]){"parent", "exit=5", NULL});
    }
    truth_exit(6);
  }
}

int main(int argc, char** argv) {
  truth_begin(argc, argv);
  daemonise(0, 0);
  daemonise(1, 0);
  truth_reap();
  if (truth_fork() == 0) {
    truth_check(prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) == 0, "PR_SET_CHILD_SUBREAPER");
    daemonise(0, getpid());
    daemonise(1, getpid());
    truth_reap();  // the adopted ones too
    truth_exit(0);
  }
  truth_reap();
  truth_exit(0);
}
