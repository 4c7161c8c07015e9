// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// Death by each signal that kills, with a core file where the kernel writes one: wait(2) says which.
// Core files, if any, go to the working directory.
#include <pthread.h>
#include <sys/resource.h>

#include "truth.h"

static int reset(int number) {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, number);
  return signal(number, SIG_DFL) != SIG_ERR && sigprocmask(SIG_UNBLOCK, &set, NULL) == 0;
}

static void by_kill(int number) {
  if (number != SIGKILL) truth_check(reset(number), "reset a signal");
  kill(getpid(), number);
  for (;;) pause();
}

static void by_fault(int unused) {
  (void)unused;
  volatile uintptr_t nowhere = 8;
  *(volatile int*)nowhere = 1;
}

static void* fault_body(void* unused) {
  by_fault(0);
  return unused;
}

static void by_thread_fault(int unused) {
  pthread_t thread;
  (void)unused;
  truth_check((errno = pthread_create(&thread, NULL, fault_body, NULL)) == 0, "pthread_create");
  for (;;) pause();
}

static void run(void (*death)(int), int number, rlim_t core) {
  uint64_t token;
  pid_t pid = truth_fork_token(&token);
  if (pid == 0) {
    struct rlimit limit = {core, core};
    truth_check(setrlimit(RLIMIT_CORE, &limit) == 0, "RLIMIT_CORE");
    death(number);
    _exit(99);
  }
  truth_wait(pid, token);
}

int main(int argc, char** argv) {
  const int harmless[] = {SIGCHLD, SIGCONT, SIGURG, SIGWINCH, SIGSTOP, SIGTSTP, SIGTTIN, SIGTTOU};
  truth_begin(argc, argv);
  for (int number = 1; number <= SIGRTMAX; number++) {
    int kills = number < 32 || number >= SIGRTMIN;  // the C library keeps those between to itself
    for (size_t i = 0; i < sizeof(harmless) / sizeof(*harmless); i++) kills &= number != harmless[i];
    if (!kills) continue;
    run(by_kill, number, 0);
    if (number < 32) run(by_kill, number, RLIM_INFINITY);
  }
  run(by_fault, 0, 0);
  run(by_fault, 0, RLIM_INFINITY);
  run(by_thread_fault, 0, RLIM_INFINITY);
  truth_exit(0);
}
