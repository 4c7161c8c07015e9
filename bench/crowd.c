// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// That many processes that do nothing: prints a line when all of them are there, and ends them when its
// standard input ends.
//
//   crowd PROCESSES
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  const long count = atol(argv[1]);
  const pid_t parent = getpid();
  if (setpgid(0, 0) != 0) return 1;  // so that one signal reaches all, and nobody else
  for (long i = 0; i < count; i++) {
    const pid_t child = fork();
    if (child < 0) {
      perror("crowd: fork");
      signal(SIGTERM, SIG_IGN);
      kill(0, SIGTERM);
      return 1;
    }
    if (child == 0) {
      prctl(PR_SET_PDEATHSIG, SIGKILL);
      if (getppid() != parent) _exit(0);
      for (;;) pause();
    }
  }
  puts("ready");
  fflush(stdout);
  char c;
  while (read(STDIN_FILENO, &c, 1) > 0) continue;
  signal(SIGTERM, SIG_IGN);
  kill(0, SIGTERM);
  while (wait(NULL) > 0) continue;
  return 0;
}
