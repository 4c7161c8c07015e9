// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// The leader thread exits first: the process lives on in its other threads and ends with its own status.
#include <pthread.h>

#include "truth.h"

static char leaf[4096];
static pid_t leader;

// Waits until the leader is a zombie: the process lives in this thread only.
static void wait_for_leader(void) {
  char path[64], text[512];
  snprintf(path, sizeof(path), "/proc/self/task/%d/stat", leader);
  for (;;) {
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t got;
    truth_check(fd >= 0, path);
    got = read(fd, text, sizeof(text) - 1);
    close(fd);
    truth_check(got > 0, path);
    text[got] = 0;
    if (strrchr(text, ')')[2] == 'Z') return;
    usleep(1000);
  }
}

static void* group_exit(void* unused) {
  (void)unused;
  wait_for_leader();
  if (truth_fork() == 0) truth_execv(leaf, (char*[]){"parent", NULL});  // its creator: the process
  truth_reap();
  _exit(7);
}

static void* thread_exit(void* unused) {
  (void)unused;
  wait_for_leader();
  syscall(SYS_exit, 3);  // the last thread: wait(2) reports the leader's code
  return NULL;
}

static void* killed(void* unused) {
  wait_for_leader();
  kill(getpid(), SIGKILL);
  pause();
  return unused;
}

static void run(void* (*body)(void*), int leader_code) {
  uint64_t token;
  pid_t pid = truth_fork_token(&token);
  if (pid == 0) {
    pthread_t thread;
    leader = getpid();
    truth_check((errno = pthread_create(&thread, NULL, body, NULL)) == 0, "pthread_create");
    syscall(SYS_exit, leader_code);
  }
  truth_wait(pid, token);
}

int main(int argc, char** argv) {
  truth_begin(argc, argv);
  truth_beside(leaf, "leaf");
  run(group_exit, 0);
  run(thread_exit, 5);
  run(thread_exit, 0);
  run(killed, 0);
  truth_exit(0);
}
