// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// Renames itself, then executes PROGRAM: rename_exec alone|thread NAME PROGRAM. With `thread` it is a second
// thread, of another name, that executes.
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

static char* program;

static void* execute(void* unused) {
  (void)unused;
  execv(program, (char*[]){program, NULL});
  perror(program);
  _exit(127);
}

static void* execute_in_thread(void* unused) {
  prctl(PR_SET_NAME, "a thread");
  return execute(unused);
}

int main(int argc, char** argv) {
  pthread_t thread;
  if (argc != 4) return 2;
  program = argv[3];
  prctl(PR_SET_NAME, "in between");
  prctl(PR_SET_NAME, argv[2]);
  if (strcmp(argv[1], "alone") == 0) execute(NULL);
  if ((errno = pthread_create(&thread, NULL, execute_in_thread, NULL)) != 0) return 2;
  for (;;) pause();
}
