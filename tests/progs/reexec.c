// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// A process forks and then becomes another program: the image that did the fork is not the present one.
#include "observe.h"

// Waits for the creator's new image, then executes with it as ancestor.
static void child(int gate, const char* self, const char* leaf) {
  uint64_t me = truth_self.token;
  char byte;
  while (read(gate, &byte, 1) > 0) {
  }
  truth_fact_string(me, "exec.1", "ancestors.0.comm", "leaf");
  truth_fact_string(me, "exec.1", "ancestors.0.exe", leaf);
  truth_fact_string(me, "exec.1", "ancestors.0.forked_as.comm", "reexec");
  truth_fact_string(me, "exec.1", "ancestors.0.forked_as.exe", self);
  truth_fact_absent(me, "exec.1", "ancestors.1.forked_as");
  truth_execv(leaf, (char*[]){"parent", NULL});
}

static void changing_creator(const char* self, const char* leaf) {
  char gate_arg[32];
  int gate[2];
  truth_check(pipe(gate) == 0, "pipe");
  if (truth_fork() == 0) {
    if (truth_fork() == 0) {
      close(gate[1]);
      child(gate[0], self, leaf);
    }
    truth_fact_string(truth_self.token, "exec.1", "previous.comm", "reexec");
    truth_fact_string(truth_self.token, "exec.1", "previous.exe", self);
    snprintf(gate_arg, sizeof(gate_arg), "close=%d", gate[1]);
    truth_execv(leaf, (char*[]){gate_arg, "reap", NULL});
  }
  close(gate[0]);
  close(gate[1]);
  truth_reap();
}

int main(int argc, char** argv) {
  char leaf[4096], self[4096], become_arg[4200];
  truth_begin(argc, argv);
  truth_beside(leaf, "leaf");
  truth_beside(self, "reexec");
  changing_creator(self, leaf);
  // Two that fail, which are no events, then two images one after the other.
  if (truth_fork() == 0) {
    truth_try_execv("/nonexistent/program", NULL);
    truth_try_execv("/dev/null", NULL);
    truth_fact_string(truth_self.token, "exec.4", "previous.comm", "leaf");
    snprintf(become_arg, sizeof(become_arg), "become=%s", leaf);
    truth_execv(leaf, (char*[]){become_arg, NULL});
  }
  truth_reap();
  truth_exit(0);
}
