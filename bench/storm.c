// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// A storm of known size: spawns a program again and again, each time waiting for its end, and prints the
// nanoseconds that one such life took.
//
//   spawn_storm LIVES DEPTH PROGRAM [ARGUMENT...]     DEPTH: that many forks stand between this and who
//   spawns
//
// With TOUCH_KIB in the environment that much memory is gone through between two lives.
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern char** environ;

int main(int argc, char** argv) {
  if (argc < 4) return 2;
  for (long depth = atol(argv[2]); depth > 0; depth--) {
    const pid_t child = fork();
    if (child < 0) return 1;
    if (child > 0) {
      int status;
      return waitpid(child, &status, 0) == child && status == 0 ? 0 : 1;
    }
  }
  const long lives = atol(argv[1]);
  const char* touch = getenv("TOUCH_KIB");
  const size_t bytes = touch != NULL ? strtoul(touch, NULL, 10) * 1024 : 0;
  volatile char* memory = calloc(1, bytes + 1);
  if (memory == NULL) return 1;
  struct timespec begin, end;
  clock_gettime(CLOCK_MONOTONIC, &begin);
  for (long i = 0; i < lives; i++) {
    pid_t child;
    int status;
    for (size_t at = 0; at < bytes; at += 64) memory[at]++;
    if (posix_spawn(&child, argv[3], NULL, NULL, argv + 3, environ) != 0) return 1;
    if (waitpid(child, &status, 0) != child || status != 0) return 1;
  }
  clock_gettime(CLOCK_MONOTONIC, &end);
  const double taken = (double)(end.tv_sec - begin.tv_sec) * 1e9 + (double)(end.tv_nsec - begin.tv_nsec);
  printf("%.0f\n", taken / (double)lives);
  return 0;
}
