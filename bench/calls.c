// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// Prints the nanoseconds of cpu time, which turns of others don't count in, that a system call takes which
// does nothing, and an execve that fails: calls COUNT
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static double now_ns(void) {
  struct timespec t;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
  return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

int main(int argc, char** argv) {
  char* const none[] = {NULL};
  const long count = argc == 2 ? atol(argv[1]) : 0;
  double begun;
  if (count <= 0) return 2;
  begun = now_ns();
  for (long i = 0; i < count; i++) syscall(SYS_getppid);
  printf("%.1f ", (now_ns() - begun) / (double)count);
  begun = now_ns();
  for (long i = 0; i < count / 10 + 1; i++) execve("/nonexistent/program", none, none);
  printf("%.1f\n", (now_ns() - begun) / (double)(count / 10 + 1));
  return 0;
}
