/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
/*
 * What a workload program did, written down by the program itself: the truth that a live test
 * compares the tracer's stream to.
 *
 * Every process has a random 64-bit token and every exec an ordinal in its process. An image finds
 * both in its own arguments, "@x<token>.<ordinal>", and so does the test in the stream: a reused pid
 * can't confuse them. The truth goes to one file, descriptor TRUTH_FD in every process, opened with
 * O_APPEND; a line is one write(2). First the type, then the boot time in nanoseconds, then:
 *
 *   birth  TOKEN PID TICKS CREATOR METHOD   ticks as field 22 of /proc/PID/stat; creator's token
 *   argv   TOKEN N HEX                      bytes of the arguments of exec N; lines of one N add up
 *   exec   TOKEN N                          exec N is about to be called
 *   failed TOKEN N ERRNO                    and didn't work
 *   end    TOKEN exit CODE | signal NUMBER CORE
 *   thread TOKEN TID                        a thread, which must not be seen as a process
 *   fact   TOKEN WHERE KEY FORM [VALUE]     what a record must hold (truth_fact.h)
 *
 * Everything here is system calls and stack memory: fit for a vforked child and for a thread.
 */
#ifndef PROCTREE_TRUTH_H
#define PROCTREE_TRUTH_H

#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <signal.h>
#include <spawn.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define TRUTH_FD 199
/* The write end of a pipe. When every process of a workload is gone, its reader sees the end. */
#define TRUTH_ALIVE_FD 198
#define TRUTH_LINE_MAX 4096
#define TRUTH_STAMP_MAX 48

/* This process, as long as memory is its own: a vforked child must not touch it. */
static struct {
  uint64_t token;
  unsigned execs;
} truth_self;

/* The workload is broken: say so where the test looks for it, and leave. */
__attribute__((noreturn)) static inline void truth_fail(const char* what) {
  dprintf(TRUTH_FD, "broken 0 %016lx %s: %s\n", (unsigned long)truth_self.token, what, strerror(errno));
  dprintf(2, "workload: %s: %s\n", what, strerror(errno));
  _exit(120);
}

static inline void truth_check(int fine, const char* what) {
  if (!fine) truth_fail(what);
}

static inline uint64_t truth_now_ns(void) {
  struct timespec t;
  clock_gettime(CLOCK_BOOTTIME, &t);
  return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

__attribute__((format(printf, 2, 3))) static inline void truth_line(const char* type, const char* format,
                                                                    ...) {
  char line[TRUTH_LINE_MAX];
  va_list args;
  int used = snprintf(line, sizeof(line), "%s %llu ", type, (unsigned long long)truth_now_ns());
  va_start(args, format);
  used += vsnprintf(line + used, sizeof(line) - (size_t)used, format, args);
  va_end(args);
  truth_check(used < (int)sizeof(line) - 1, "truth line too long");
  line[used++] = '\n';
  truth_check(write(TRUTH_FD, line, (size_t)used) == used, "write the truth");
}

static inline void truth_hex(char* out, const void* bytes, size_t count) {
  static const char digits[] = "0123456789abcdef";
  const unsigned char* from = (const unsigned char*)bytes;
  for (size_t i = 0; i < count; i++) {
    out[2 * i] = digits[from[i] >> 4];
    out[2 * i + 1] = digits[from[i] & 15];
  }
  out[2 * count] = 0;
}

static inline uint64_t truth_new_token(void) {
  uint64_t token = 0;
  while (!token) truth_check(getrandom(&token, sizeof(token), 0) == sizeof(token), "getrandom");
  return token;
}

/* --- births --- */

struct truth_stat {
  int pid, ppid, pgid, sid, tty;
  unsigned long long start_ticks;
};

/* /proc/PID/stat, or this process's own with pid 0, as the initial pid namespace sees it. */
static inline struct truth_stat truth_read_stat(int pid) {
  char path[64], text[1024], *p;
  struct truth_stat s;
  ssize_t got;
  int fd;

  if (pid)
    snprintf(path, sizeof(path), "/proc/%d/stat", pid);
  else
    snprintf(path, sizeof(path), "/proc/self/stat");
  fd = open(path, O_RDONLY | O_CLOEXEC);
  truth_check(fd >= 0, path);
  got = read(fd, text, sizeof(text) - 1);
  truth_check(got > 0, path);
  close(fd);
  text[got] = 0;
  p = strrchr(text, ')');
  truth_check(p && sscanf(text, "%d", &s.pid) == 1 &&
                  sscanf(p, ") %*c %d %d %d %d %*d %*u %*u %*u %*u %*u %*u %*u %*d %*d %*d %*d %*d %*d %llu",
                         &s.ppid, &s.pgid, &s.sid, &s.tty, &s.start_ticks) == 5,
              "understand /proc/PID/stat");
  return s;
}

/* Said by the child itself (pid 0), or by its creator while the child is not yet waited for. */
static inline void truth_birth(int pid, uint64_t token, uint64_t creator, const char* method) {
  struct truth_stat s = truth_read_stat(pid);
  truth_line("birth", "%016lx %d %llu %016lx %s", (unsigned long)token, s.pid, s.start_ticks,
             (unsigned long)creator, method);
}

/* First thing in a child that has memory of its own. */
static inline void truth_born(uint64_t token, const char* method) {
  uint64_t creator = truth_self.token;
  truth_self.token = token;
  truth_self.execs = 0;
  truth_birth(0, token, creator, method);
}

/* fork(2) that says so; `token` of the child may be asked for. */
static inline pid_t truth_fork_token(uint64_t* token_out) {
  uint64_t token = truth_new_token();
  pid_t pid = fork();
  truth_check(pid >= 0, "fork");
  if (pid == 0) truth_born(token, "fork");
  if (token_out) *token_out = token;
  return pid;
}

static inline pid_t truth_fork(void) { return truth_fork_token(NULL); }

/* The bare system calls, without a stack for the child: they return twice, as fork does. */
static inline pid_t truth_clone(unsigned long flags, const char* method) {
  uint64_t token = truth_new_token();
  pid_t pid;
#ifdef __s390x__
  pid = (pid_t)syscall(SYS_clone, 0, flags, 0, 0, 0);
#else
  pid = (pid_t)syscall(SYS_clone, flags, 0, 0, 0, 0);
#endif
  truth_check(pid >= 0, "clone");
  if (pid == 0) truth_born(token, method);
  return pid;
}

static inline pid_t truth_clone3(uint64_t flags, const char* method) {
  struct clone_args args;
  uint64_t token = truth_new_token();
  pid_t pid;
  memset(&args, 0, sizeof(args));
  args.flags = flags;
  args.exit_signal = flags & CLONE_PARENT ? 0 : SIGCHLD;
  pid = (pid_t)syscall(SYS_clone3, &args, sizeof(args));
  truth_check(pid >= 0, "clone3");
  if (pid == 0) truth_born(token, method);
  return pid;
}

/* --- execs --- */

/* "@x<token>.<ordinal>" */
static inline char* truth_stamp(char out[TRUTH_STAMP_MAX], uint64_t token, unsigned ordinal) {
  snprintf(out, TRUTH_STAMP_MAX, "@x%016lx.%u", (unsigned long)token, ordinal);
  return out;
}

/* Before the exec is called; argv as the kernel will hold it (a script's interpreter first). */
static inline void truth_will_exec(uint64_t token, unsigned ordinal, char* const argv[]) {
  char hex[2048 + 1];
  for (size_t i = 0; argv[i]; i++) {
    size_t left = strlen(argv[i]) + 1;
    for (const char* p = argv[i]; left > 0;) {
      size_t step = left < 1024 ? left : 1024;
      truth_hex(hex, p, step);
      truth_line("argv", "%016lx %u %s", (unsigned long)token, ordinal, hex);
      p += step;
      left -= step;
    }
  }
  truth_line("exec", "%016lx %u", (unsigned long)token, ordinal);
}

static inline void truth_exec_failed(uint64_t token, unsigned ordinal, int error) {
  truth_line("failed", "%016lx %u %d", (unsigned long)token, ordinal, error);
}

#define TRUTH_ARGS_MAX 64

/* {path, stamp, extra...}: how most images are called. `extra` may be NULL. */
static inline void truth_argv(char* out[TRUTH_ARGS_MAX], const char* path, char* stamp, char* const extra[]) {
  size_t n = 0;
  out[n++] = (char*)(uintptr_t)path;
  out[n++] = stamp;
  for (size_t i = 0; extra && extra[i] && n < TRUTH_ARGS_MAX - 1; i++) out[n++] = extra[i];
  out[n] = NULL;
}

/* execv of this process into {path, stamp, extra...}; for a vforked child the token is given. */
static inline void truth_execv_as(uint64_t token, unsigned ordinal, const char* path, char* const extra[]) {
  char stamp[TRUTH_STAMP_MAX], *argv[TRUTH_ARGS_MAX];
  int error;
  truth_argv(argv, path, truth_stamp(stamp, token, ordinal), extra);
  truth_will_exec(token, ordinal, argv);
  execv(path, argv);
  error = errno;
  truth_exec_failed(token, ordinal, error);
  errno = error;
}

/* Returns only where the exec failed, as an exec does. */
static inline void truth_try_execv(const char* path, char* const extra[]) {
  truth_execv_as(truth_self.token, ++truth_self.execs, path, extra);
}

__attribute__((noreturn)) static inline void truth_execv(const char* path, char* const extra[]) {
  truth_try_execv(path, extra);
  truth_fail(path);
}

/* posix_spawn of {path, stamp, extra...}; the creator writes the birth down, for the child can't. */
static inline pid_t truth_spawn(const char* path, char* const extra[]) {
  char stamp[TRUTH_STAMP_MAX], *argv[TRUTH_ARGS_MAX];
  uint64_t token = truth_new_token();
  extern char** environ;
  pid_t pid;
  truth_argv(argv, path, truth_stamp(stamp, token, 1), extra);
  truth_will_exec(token, 1, argv);
  errno = posix_spawn(&pid, path, NULL, NULL, argv, environ);
  truth_check(errno == 0, "posix_spawn");
  truth_birth(pid, token, truth_self.token, "posix_spawn");
  return pid;
}

/* First thing in main: who am I? Returns the index of the stamp among the arguments. */
static inline int truth_begin(int argc, char** argv) {
  for (int i = 0; i < argc; i++) {
    unsigned long token;
    int end = 0;
    if (sscanf(argv[i], "@x%16lx.%u%n", &token, &truth_self.execs, &end) == 2 && end > 0 && !argv[i][end]) {
      truth_self.token = token;
      return i;
    }
  }
  dprintf(2, "%s: no @x<token>.<ordinal> among the arguments: a program of the live tests\n",
          argc ? argv[0] : "?");
  _exit(120);
}

/* The path of a program that stands beside this one. */
static inline const char* truth_beside(char out[4096], const char* name) {
  ssize_t got = readlink("/proc/self/exe", out, 3800);
  truth_check(got > 0 && got < 3800, "readlink /proc/self/exe");
  out[got] = 0;
  snprintf(strrchr(out, '/') + 1, 256, "%s", name);
  return out;
}

/* --- ends --- */

static inline void truth_end_exit(uint64_t token, int code) {
  truth_line("end", "%016lx exit %d", (unsigned long)token, code & 255);
}

static inline void truth_end_signal(uint64_t token, int number, int core) {
  truth_line("end", "%016lx signal %d %d", (unsigned long)token, number, core);
}

__attribute__((noreturn)) static inline void truth_exit(int code) {
  truth_end_exit(truth_self.token, code);
  _exit(code);
}

/* Dies of `number` without a core file. */
__attribute__((noreturn)) static inline void truth_die(int number) {
  truth_end_signal(truth_self.token, number, 0);
  kill(getpid(), number);
  for (;;) pause();
}

/* Waits for a child that doesn't write its own end: wait(2) knows. */
static inline void truth_wait(pid_t pid, uint64_t token) {
  int status = 0;
  truth_check(waitpid(pid, &status, 0) == pid, "waitpid");
  if (WIFEXITED(status))
    truth_end_exit(token, WEXITSTATUS(status));
  else
    truth_end_signal(token, WTERMSIG(status), WCOREDUMP(status) != 0);
}

/* Waits until no child is left. */
static inline void truth_reap(void) {
  while (wait(NULL) > 0 || errno == EINTR) {
  }
}

#endif
