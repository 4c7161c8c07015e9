// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// The image that other programs execute: looks at itself, does what its arguments say, ends.
//
//   exit=CODE   end with this code (0)          signal=N   end by this signal
//   parent      the kernel's parent is stable: note it
//   close=FD    let go of a pipe                await=FD   read it to its end
//   then=PATH   fork a child that executes PATH, and wait for it
//   become=PATH execute PATH in this process
//   reap        wait for all children           blind      note no facts (there is no /proc here)
#include "observe.h"

static void run(const char* path) {
  if (truth_fork() == 0) truth_execv(path, NULL);
  truth_reap();
}

int main(int argc, char** argv) {
  int code = 0, number = 0, parent = 0, blind = 0, first = truth_begin(argc, argv) + 1;
  for (int i = first; i < argc; i++) {
    if (!strcmp(argv[i], "blind")) blind = 1;
    if (!strcmp(argv[i], "parent")) parent = 1;
  }
  if (!blind) observe_image();
  if (parent) {
    char where[32];
    observe_parent(truth_where_exec(where, truth_self.execs));
  }
  for (int i = first; i < argc; i++) {
    char byte;
    if (!strncmp(argv[i], "exit=", 5)) code = atoi(argv[i] + 5);
    if (!strncmp(argv[i], "signal=", 7)) number = atoi(argv[i] + 7);
    if (!strncmp(argv[i], "close=", 6)) close(atoi(argv[i] + 6));
    if (!strncmp(argv[i], "await=", 6)) {
      while (read(atoi(argv[i] + 6), &byte, 1) > 0) {
      }
    }
    if (!strncmp(argv[i], "then=", 5)) run(argv[i] + 5);
    if (!strncmp(argv[i], "become=", 7)) truth_execv(argv[i] + 7, NULL);
    if (!strcmp(argv[i], "reap")) truth_reap();
  }
  if (number) truth_die(number);
  truth_exit(code);
}
