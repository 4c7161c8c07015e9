// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// What an ordinary user may do to a host, for a number of seconds:
//
//   harass rename SECONDS FOLDER    executes itself below a folder that is renamed meanwhile, its path cut at
//   its bound harass bomb SECONDS MOST        forks for as long as it may with MOST processes, again and
//   again harass names SECONDS FOLDER     executes itself by ever new names, and gives itself ever new ones
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static const char* kLong = "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbb";

static time_t now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec;
}

static int go_into(const char* name) {
  if (mkdir(name, 0755) != 0 && errno != EEXIST) return -1;
  return chdir(name);
}

static void execute(int program) {
  char* const argv[] = {"harass", "done", NULL};
  char* const none[] = {NULL};
  const pid_t child = vfork();
  if (child == 0) {
    syscall(SYS_execveat, program, "", argv, none, AT_EMPTY_PATH);
    _exit(1);
  }
  if (child > 0) waitpid(child, NULL, 0);
}

// …/ddd/a/ddd×15: what is above "a" finds no room in 4096 bytes.
static int rename_below(time_t end, const char* folder) {
  char name[256];
  memset(name, 'd', 255);
  name[255] = 0;
  const int program = open("/proc/self/exe", O_PATH | O_CLOEXEC);
  if (program < 0 || chdir(folder) != 0 || go_into(name) != 0) return 1;
  const int above = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (above < 0 || go_into("a") != 0) return 1;
  for (int i = 0; i < 15; i++) {
    if (go_into(name) != 0) return 1;
  }
  const pid_t renames = fork();
  if (renames == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    for (;;) {
      (void)!renameat(above, "a", above, kLong);
      (void)!renameat(above, kLong, above, "a");
    }
  }
  if (renames < 0) return 1;
  while (now() < end) execute(program);
  kill(renames, SIGKILL);
  waitpid(renames, NULL, 0);
  (void)!renameat(above, kLong, above, "a");
  return 0;
}

// All that it made ends when the pipe does.
static int bomb(time_t end, rlim_t most) {
  const struct rlimit limit = {most, most};
  if (setrlimit(RLIMIT_NPROC, &limit) != 0) return 1;
  while (now() < end) {
    int gate[2];
    char byte;
    if (pipe(gate) != 0) return 1;
    for (;;) {
      const pid_t pid = fork();
      if (pid < 0) break;
      if (pid > 0) continue;
      close(gate[1]);
      while (fork() > 0) {
      }
      while (read(gate[0], &byte, 1) > 0) {
      }
      _exit(0);
    }
    close(gate[1]);
    close(gate[0]);
    while (wait(NULL) > 0) {
    }
  }
  return 0;
}

static int ever_new(time_t end, const char* folder) {
  char path[512], name[16];
  for (unsigned i = 0; now() < end; i++) {
    snprintf(path, sizeof(path), "%s/\x1b[31m\n|;%u", folder, i);
    if (symlink("/proc/self/exe", path) != 0) return 1;
    snprintf(name, sizeof(name), "|;\n%u", i);
    prctl(PR_SET_NAME, name);
    char* const argv[] = {path, "done", NULL};
    char* const none[] = {NULL};
    const pid_t child = fork();
    if (child == 0) {
      execve(path, argv, none);
      _exit(1);
    }
    if (child > 0) waitpid(child, NULL, 0);
    unlink(path);
  }
  return 0;
}

int main(int argc, char** argv) {
  if (argc > 1 && strcmp(argv[1], "done") == 0) return 0;
  if (argc != 4) return 2;
  const time_t end = now() + atol(argv[2]);
  if (strcmp(argv[1], "rename") == 0) return rename_below(end, argv[3]);
  if (strcmp(argv[1], "bomb") == 0) return bomb(end, (rlim_t)atol(argv[3]));
  if (strcmp(argv[1], "names") == 0) return ever_new(end, argv[3]);
  return 2;
}
