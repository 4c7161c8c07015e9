// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// exec and fork by a thread that is not the leader: the process keeps its identity.
#include <pthread.h>

#include "truth.h"

static char leaf[4096];

static void* exec_leaf(void* unused) {
  (void)unused;
  truth_execv(leaf, (char*[]){"parent", "exit=17", NULL});
}

static void* exec_leaf_alone(void* unused) {
  (void)unused;
  usleep(20000);  // most likely the leader is a zombie by now; right either way
  truth_execv(leaf, (char*[]){"parent", "exit=18", NULL});
}

static void* fork_leaf(void* unused) {
  (void)unused;
  if (truth_fork() == 0) truth_execv(leaf, (char*[]){"parent", "exit=19", NULL});
  return NULL;
}

static pthread_t start(void* (*body)(void*)) {
  pthread_t thread;
  truth_check((errno = pthread_create(&thread, NULL, body, NULL)) == 0, "pthread_create");
  return thread;
}

int main(int argc, char** argv) {
  truth_begin(argc, argv);
  truth_beside(leaf, "leaf");
  if (truth_fork() == 0) {
    start(exec_leaf);
    for (;;) pause();
  }
  if (truth_fork() == 0) {
    start(exec_leaf_alone);
    syscall(SYS_exit, 0);  // the leader alone
  }
  pthread_join(start(fork_leaf), NULL);
  truth_reap();
  truth_exit(0);
}
