// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// Begins a session, writes a title over its arguments as a server does, and runs PROGRAM until that ends:
// titled TITLE PROGRAM.
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

int main(int argc, char** argv) {
  char title[256], program[4096];
  size_t size;
  pid_t child;
  if (argc != 3) return 2;
  snprintf(title, sizeof(title), "%s", argv[1]);
  snprintf(program, sizeof(program), "%s", argv[2]);
  size = (size_t)(argv[2] + strlen(argv[2]) - argv[0]);
  if (strlen(title) >= size || setsid() < 0) return 2;
  memset(argv[0], 0, size);
  memcpy(argv[0], title, strlen(title));
  child = fork();
  if (child < 0) return 2;
  if (child == 0) {
    execl(program, program, (char*)NULL);
    _exit(127);
  }
  return waitpid(child, NULL, 0) == child ? 0 : 2;
}
