// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// That many execs that fail, one right after the other: failing COUNT
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

int main(int argc, char** argv) {
  char* const none[] = {NULL};
  long left = argc == 2 ? atol(argv[1]) : 0;
  for (; left > 0; left--) {
    if (execve("/nonexistent/program", none, none) != -1 || errno != ENOENT) return 1;
  }
  return left == 0 && argc == 2 ? 0 : 2;
}
