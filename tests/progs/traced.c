// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// Execs beside which another process stands that may write their arguments, as a debugger does, and ones
// beside which none does.
#include <sys/ptrace.h>

#include "truth_fact.h"

static char leaf[4096];

static void execute(int unsure) {
  truth_fact_bool(truth_self.token, "exec.1", "args_unsure", unsure);
  truth_execv(leaf, NULL);
}

// The exec stops the child; it goes on traced, or detached.
static void trace(int let_go_before) {
  int status;
  pid_t pid = truth_fork();
  if (pid == 0) {
    truth_check(ptrace(PTRACE_TRACEME, 0, NULL, NULL) == 0, "PTRACE_TRACEME");
    raise(SIGSTOP);
    execute(!let_go_before);
  }
  truth_check(waitpid(pid, &status, 0) == pid && WIFSTOPPED(status), "its stop");
  truth_check(ptrace(let_go_before ? PTRACE_DETACH : PTRACE_CONT, pid, NULL, NULL) == 0, "let it go on");
  if (let_go_before) return;
  truth_check(waitpid(pid, &status, 0) == pid && WIFSTOPPED(status), "its exec");
  truth_check(ptrace(PTRACE_DETACH, pid, NULL, NULL) == 0, "PTRACE_DETACH");
}

// Until its exec it has its creator's memory, which two hold then.
static void vforked(void) {
  volatile uint64_t token = truth_new_token();
  pid_t pid = vfork();
  truth_check(pid >= 0, "vfork");
  if (pid != 0) return;
  truth_birth(0, token, truth_self.token, "vfork");
  truth_fact_bool(token, "exec.1", "args_unsure", 0);
  truth_execv_as(token, 1, leaf, NULL);
  _exit(120);
}

int main(int argc, char** argv) {
  truth_begin(argc, argv);
  truth_beside(leaf, "leaf");
  trace(0);
  trace(1);
  if (truth_fork() == 0) execute(0);
  vforked();
  truth_reap();
  truth_exit(0);
}
