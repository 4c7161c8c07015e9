// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// What somebody does who wants to break a tracer.
//
//   attack @x… line N        a line of N processes, each of which forks the next and ends; the last one execs
//   attack @x… bomb UID MOST  as UID, forks for as long as it may with MOST processes, lets all of them end
//   attack @x… names N       executes N programs whose paths are long and each another
//   attack @x… zero PATH     executes PATH without any argument
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "truth.h"

static void line(unsigned length) {
  char leaf[4096];
  truth_beside(leaf, "leaf");
  for (unsigned i = 0; i < length; i++) {
    if (truth_fork() != 0) truth_exit((int)(i % 256));
  }
  truth_execv(leaf, NULL);
}

// Each child forks too: what is refused to one of them is no event at all.
static void bomb(uid_t uid, rlim_t most) {
  const struct rlimit limit = {most, most};
  int gate[2];
  char byte;
  truth_check(pipe(gate) == 0, "pipe");
  truth_check(setrlimit(RLIMIT_NPROC, &limit) == 0, "RLIMIT_NPROC");
  truth_check(setresuid(uid, uid, uid) == 0, "setresuid");
  for (unsigned refused = 0; refused < 3;) {
    uint64_t token = truth_new_token();
    pid_t pid = fork();
    if (pid < 0) {
      truth_check(errno == EAGAIN, "fork");
      refused++;
      continue;
    }
    if (pid != 0) continue;
    truth_born(token, "fork");
    close(gate[1]);
    for (int i = 0; i < 2; i++) {
      token = truth_new_token();
      pid = fork();
      if (pid == 0) truth_born(token, "fork");
    }
    while (read(gate[0], &byte, 1) > 0) {
    }
    truth_reap();
    truth_exit(0);
  }
  close(gate[1]);
  close(gate[0]);
  truth_reap();
  truth_exit(0);
}

static void copy_here(const char* from, const char* to) {
  char block[65536];
  int in = open(from, O_RDONLY | O_CLOEXEC), out = open(to, O_WRONLY | O_CREAT | O_CLOEXEC, 0755);
  ssize_t got = 0;
  truth_check(in >= 0 && out >= 0, to);
  while ((got = read(in, block, sizeof(block))) > 0) truth_check(write(out, block, (size_t)got) == got, to);
  truth_check(got == 0 && close(in) == 0 && close(out) == 0, to);
}

static void names(unsigned count) {
  char leaf[4096], name[201], path[256];
  truth_beside(leaf, "leaf");
  memset(name, 'n', sizeof(name) - 1);
  name[sizeof(name) - 1] = 0;
  for (int i = 0; i < 18; i++) truth_check(mkdir(name, 0755) == 0 && chdir(name) == 0, "mkdir");
  copy_here(leaf, "original");
  for (unsigned i = 0; i < count; i++) {
    snprintf(path, sizeof(path), "./%u-%s", i, name);
    truth_check(link("original", path) == 0, "link");
    if (truth_fork() == 0) truth_execv(path, (char*[]){"blind", NULL});
    truth_reap();
    truth_check(unlink(path) == 0, "unlink");
  }
  truth_exit(0);
}

int main(int argc, char** argv) {
  int i = truth_begin(argc, argv) + 1;
  truth_check(argc > i + 1, "arguments");
  if (!strcmp(argv[i], "line")) line((unsigned)strtoul(argv[i + 1], NULL, 10));
  if (!strcmp(argv[i], "bomb") && argc > i + 2)
    bomb((uid_t)strtoul(argv[i + 1], NULL, 10), strtoul(argv[i + 2], NULL, 10));
  if (!strcmp(argv[i], "names")) names((unsigned)strtoul(argv[i + 1], NULL, 10));
  if (!strcmp(argv[i], "zero")) {
    char* const none[] = {NULL};
    execve(argv[i + 1], none, none);
  }
  truth_fail(argv[i]);
}
