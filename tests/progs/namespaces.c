// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// Namespaces of each kind, and pid namespaces one inside of the other.
#include <sched.h>

#include "observe.h"

static char leaf[4096];

static void run_unshared(int flags) {
  if (truth_fork() == 0) {
    truth_check(unshare(flags) == 0, "unshare");
    if (flags & CLONE_NEWUSER) {  // not to be seen from in there
      truth_fact_number(truth_self.token, "exec.1", "uid", 0);
      truth_fact_number(truth_self.token, "exec.1", "euid", 0);
      truth_fact_string(truth_self.token, "exec.1", "user", "root");
    }
    truth_execv(leaf, NULL);
  }
  truth_reap();
}

// The first process of a new pid namespace, and its child, and one more namespace inside.
static void run_pid_namespace(int depth) {
  if (truth_clone(CLONE_NEWPID | SIGCHLD, "clone_newpid") == 0) {
    observe_process("birth");
    truth_fact_number(truth_self.token, "birth", "ns_pid", 1);
    if (truth_fork() == 0) {
      truth_fact_number(truth_self.token, "exec.1", "ns_pid", 2);
      truth_execv(leaf, (char*[]){"parent", NULL});
    }
    truth_reap();
    if (depth > 1) run_pid_namespace(depth - 1);
    truth_execv(leaf, (char*[]){"parent", "exit=6", NULL});
  }
  truth_reap();
}

int main(int argc, char** argv) {
  const int all = CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWNET | CLONE_NEWNS | CLONE_NEWCGROUP;
  truth_begin(argc, argv);
  truth_beside(leaf, "leaf");
  run_unshared(CLONE_NEWUTS);
  run_unshared(CLONE_NEWIPC);
  run_unshared(CLONE_NEWNET);
  run_unshared(CLONE_NEWNS);
  run_unshared(CLONE_NEWCGROUP);
  run_unshared(CLONE_NEWUSER);
  run_unshared(all);
  run_unshared(all | CLONE_NEWUSER);
  run_pid_namespace(3);
  // After unshare(CLONE_NEWPID) a process keeps its own namespace; its children are in the new one.
  if (truth_fork() == 0) {
    truth_check(unshare(CLONE_NEWPID) == 0, "unshare");
    if (truth_fork() == 0) {
      truth_fact_number(truth_self.token, "exec.1", "ns_pid", 1);
      truth_execv(leaf, NULL);
    }
    truth_reap();
    truth_execv(leaf, NULL);
  }
  truth_reap();
  truth_exit(0);
}
