// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// Executes a program again and again while the directory that it lies in, and stands in, is renamed: torn DIR
// PROGRAM TIMES. Between: "a", a name within the dentry, and one that is too long for that.
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static void check(int holds, const char* what) {
  if (holds) return;
  perror(what);
  exit(1);
}

static void copy(const char* from, const char* to) {
  static char bytes[1 << 16];
  const int in = open(from, O_RDONLY | O_CLOEXEC), out = open(to, O_WRONLY | O_CREAT | O_CLOEXEC, 0755);
  check(in >= 0 && out >= 0, from);
  for (ssize_t got; (got = read(in, bytes, sizeof(bytes))) > 0;)
    check(write(out, bytes, (size_t)got) == got, to);
  close(in);
  close(out);
}

int main(int argc, char** argv) {
  char names[3][201] = {"a"};
  char* args[] = {"torn-exec", NULL};
  char* env[] = {NULL};
  check(argc == 4 && chdir(argv[1]) == 0, "usage");
  memset(names[1], 'b', 30);
  memset(names[2], 'c', 200);
  const int above = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  check(mkdir("a", 0755) == 0 && chdir("a") == 0, "a");
  copy(argv[2], "t");
  const int program = open("t", O_PATH | O_CLOEXEC);
  const pid_t renamer = fork();
  if (renamer == 0) {
    alarm(120);
    for (unsigned i = 0;; i++) renameat(above, names[i % 3], above, names[(i + 1) % 3]);
  }
  for (long left = atol(argv[3]); left > 0; left--) {
    const pid_t child = vfork();
    if (child == 0) {
      syscall(SYS_execveat, program, "", args, env, AT_EMPTY_PATH);
      _exit(127);
    }
    int status = 1;
    check(child > 0 && waitpid(child, &status, 0) == child && status == 0, "exec");
  }
  kill(renamer, SIGKILL);
  waitpid(renamer, NULL, 0);
  return 0;
}
