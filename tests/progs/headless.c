// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// A process whose first thread has ended: another one forks a child when a line comes from standard input,
// and ends at its end. Says "ready" once the first thread has ended.
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static int leader_runs(void) {
  char text[512] = "";
  FILE* file = fopen("/proc/self/stat", "r");
  const int read = file && fgets(text, sizeof(text), file);
  if (file) fclose(file);
  return read && strrchr(text, ')')[2] != 'Z';
}

static void* live_on(void* unused) {
  char byte;
  while (leader_runs()) usleep(1000);
  puts("ready");
  fflush(stdout);
  while (read(0, &byte, 1) == 1) {
    if (fork() == 0) _exit(0);
    wait(NULL);
  }
  _exit(0);
  return unused;
}

int main(void) {
  pthread_t thread;
  if (pthread_create(&thread, NULL, live_on, NULL) != 0) return 1;
  syscall(SYS_exit, 0);
}
