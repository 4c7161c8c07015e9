// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// Creates short-lived processes until pids have wrapped some times, and all that time keeps orphans whose
// creators are long dead, their pids reused. Then the orphans execute: who were their creators?
//
//   wrap @x… ORPHANS WRAPS
#include <sys/prctl.h>

#include "truth.h"

static char leaf[4096];

static void await(int gate) {
  char byte;
  while (read(gate, &byte, 1) > 0) {
  }
}

static void make_orphan(const int gate[2]) {
  if (truth_fork() == 0) {
    if (truth_fork() == 0) {
      close(gate[1]);
      await(gate[0]);
      truth_execv(leaf, (char*[]){"blind", "exit=8", NULL});
    }
    truth_exit(2);
  }
  truth_check(wait(NULL) > 0, "wait");  // only the middle process can have ended
}

static pid_t make_short_lived(unsigned i) {
  volatile uint64_t token;
  pid_t pid;
  if (i % 8 == 0) return truth_spawn(leaf, (char*[]){"blind", NULL});
  if (i % 8 == 1) {
    pid = truth_fork();
    if (pid == 0) {
      if (truth_fork() == 0) truth_execv(leaf, (char*[]){"blind", NULL});
      truth_reap();
      truth_exit(3);
    }
    return pid;
  }
  token = truth_new_token();
  pid = vfork();
  truth_check(pid >= 0, "vfork");
  if (pid == 0) {
    truth_birth(0, token, truth_self.token, "vfork");
    truth_end_exit(token, 1);
    _exit(1);
  }
  return pid;
}

int main(int argc, char** argv) {
  int i = truth_begin(argc, argv) + 1, gate[2];
  unsigned made = 0, wraps = 0;
  pid_t last = 0;
  truth_check(argc >= i + 2, "arguments");
  truth_check(prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) == 0, "PR_SET_CHILD_SUBREAPER");
  truth_check(pipe(gate) == 0, "pipe");
  truth_beside(leaf, "leaf");
  for (int n = atoi(argv[i]); n > 0; n--) make_orphan(gate);
  while (wraps < (unsigned)atoi(argv[i + 1])) {
    pid_t pid = make_short_lived(made++);
    truth_check(waitpid(pid, NULL, 0) == pid, "waitpid");
    if (pid < last) wraps++;
    last = pid;
  }
  close(gate[0]);
  close(gate[1]);
  truth_reap();
  truth_exit(0);
}
