// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// Execs at a pace: a number of them within a number of milliseconds, one after the other, each with its
// number and an argument of control bytes.
//
//   flood EXECS MILLISECONDS BYTES
//
// Prints the milliseconds that it took.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static long now_us(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static void wait_until(long us) {
  const long left = us - now_us();
  if (left <= 0) return;
  const struct timespec rest = {left / 1000000, left % 1000000 * 1000};
  nanosleep(&rest, NULL);
}

int main(int argc, char** argv) {
  if (argc > 1 && strcmp(argv[1], "done") == 0) return 0;
  if (argc != 4) return 2;
  const long execs = atol(argv[1]), within_us = atol(argv[2]) * 1000, bytes = atol(argv[3]);
  char number[32], *text = malloc((size_t)bytes + 1);
  if (text == NULL || execs <= 0) return 2;
  memset(text, 1, (size_t)bytes);
  text[bytes] = 0;
  char* const child_argv[] = {argv[0], "done", number, text, NULL};
  char* const child_env[] = {NULL};
  const long begin = now_us();
  for (long i = 0; i < execs; i++) {
    wait_until(begin + within_us / execs * i);
    snprintf(number, sizeof(number), "%ld", i);
    const pid_t child = vfork();
    if (child < 0) return 1;
    if (child == 0) {
      execve(argv[0], child_argv, child_env);
      _exit(127);
    }
    int status;
    if (waitpid(child, &status, 0) != child || status != 0) return 1;
  }
  printf("%ld\n", (now_us() - begin) / 1000);
  return 0;
}
