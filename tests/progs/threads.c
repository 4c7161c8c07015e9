// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// Many threads, which are no processes; some of them create processes, which are the process's own.
#include <pthread.h>
#include <sys/prctl.h>

#include "truth_fact.h"

enum { kThreads = 64 };
static char leaf[4096];

static void* body(void* number) {
  truth_line("thread", "%016lx %ld", (unsigned long)truth_self.token, (long)syscall(SYS_gettid));
  if ((uintptr_t)number % 8 == 1) {  // the child takes its name from the thread
    truth_check(prctl(PR_SET_NAME, "a-thread", 0, 0, 0) == 0, "PR_SET_NAME");
    if (truth_fork() == 0) {
      truth_fact_string(truth_self.token, "birth", "comm", "a-thread");
      truth_fact_string(truth_self.token, "exec.1", "previous.comm", "a-thread");
      truth_fact_string(truth_self.token, "exec.1", "ancestors.0.comm", "threads");
      truth_execv(leaf, (char*[]){"parent", NULL});
    }
  }
  if ((uintptr_t)number % 8 == 0 && truth_fork() == 0) truth_execv(leaf, (char*[]){"parent", NULL});
  return NULL;
}

int main(int argc, char** argv) {
  pthread_t threads[kThreads];
  truth_begin(argc, argv);
  truth_beside(leaf, "leaf");
  for (uintptr_t i = 0; i < kThreads; i++) {
    truth_check((errno = pthread_create(&threads[i], NULL, body, (void*)i)) == 0, "pthread_create");
  }
  for (int i = 0; i < kThreads; i++) pthread_join(threads[i], NULL);
  truth_reap();
  truth_exit(12);
}
