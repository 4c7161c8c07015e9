// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// Times and memory at the end of a process, near what wait4(2) says of it.
#include <pthread.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/utsname.h>

#include "truth_fact.h"

enum { kBurnNs = 150 * 1000 * 1000, kNearNs = 80 * 1000 * 1000, kNearKb = 1024 };

static uint64_t cpu_ns(void) {
  struct timespec t;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
  return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static void burn_user(void) {
  volatile unsigned n = 0;
  while (cpu_ns() < kBurnNs) {
    for (int i = 0; i < 100000; i++) n++;
  }
}

static void burn_system(void) {
  char block[65536];
  int zero = open("/dev/zero", O_RDONLY | O_CLOEXEC);
  truth_check(zero >= 0, "/dev/zero");
  while (cpu_ns() < kBurnNs) {
    truth_check(read(zero, block, sizeof(block)) == sizeof(block), "/dev/zero");
  }
}

static void* burn_body(void* unused) {
  burn_user();
  return unused;
}

static void burn_in_threads(void) {
  pthread_t threads[2];
  for (int i = 0; i < 2; i++) {
    truth_check((errno = pthread_create(&threads[i], NULL, burn_body, NULL)) == 0, "pthread_create");
  }
  for (int i = 0; i < 2; i++) pthread_join(threads[i], NULL);
}

static void use_memory(void) {
  const size_t size = 64u << 20;
  char* p = (char*)mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  truth_check(p != MAP_FAILED, "mmap");
  memset(p, 1, size);
  munmap(p, size);  // the maximum stays
}

// Since 6.16 an end is reported while its memory is still there; before, only where it is the peak of all
// images.
static int memory_is_there(void) {
  struct utsname names;
  int major = 0, minor = 0;
  truth_check(uname(&names) == 0 && sscanf(names.release, "%d.%d", &major, &minor) == 2, "uname");
  return major > 6 || (major == 6 && minor >= 16);
}

// A small program started by a large one.
static void run_small(const char* leaf) {
  const size_t size = 64u << 20;
  char* p = (char*)mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  truth_check(p != MAP_FAILED, "mmap");
  memset(p, 1, size);
  if (truth_fork() == 0) {
    if (memory_is_there())
      truth_fact_range(truth_self.token, "end", "max_rss_kb", 1, 32 << 10);
    else
      truth_fact_absent(truth_self.token, "end", "max_rss_kb");
    truth_execv(leaf, NULL);
  }
  truth_reap();
  munmap(p, size);
}

static void sleep_a_little(void) { usleep(100000); }

static uint64_t less(uint64_t a, uint64_t b) { return a > b ? a - b : 0; }

static uint64_t ns(struct timeval t) {
  return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_usec * 1000u;
}

// At least what a process has used when it calls _exit, at most what wait4(2) says: the kernel goes on
// counting while it takes the process down.
static void fact_times(const struct rusage* usage, uint64_t token, int is_least) {
  uint64_t user = ns(usage->ru_utime), system = ns(usage->ru_stime);
  truth_fact_range(token, "end", "user_ns", is_least ? less(user, kNearNs) : 0,
                   is_least ? UINT64_MAX : user + kNearNs);
  truth_fact_range(token, "end", "system_ns", is_least ? less(system, kNearNs) : 0,
                   is_least ? UINT64_MAX : system + kNearNs);
}

static void run(void (*body)(void)) {
  uint64_t token, before = truth_now_ns();
  struct rusage usage;
  int status;
  pid_t pid = truth_fork_token(&token);
  if (pid == 0) {
    uint64_t lower = truth_now_ns();
    body();
    truth_check(getrusage(RUSAGE_SELF, &usage) == 0, "getrusage");
    fact_times(&usage, truth_self.token, 1);
    truth_line("end", "%016lx exit 0", (unsigned long)truth_self.token);
    truth_fact_range(truth_self.token, "end", "runtime_ns", truth_now_ns() - lower, UINT64_MAX);
    _exit(0);
  }
  truth_check(wait4(pid, &status, 0, &usage) == pid && status == 0, "wait4");
  fact_times(&usage, token, 0);
  truth_fact_range(token, "end", "max_rss_kb", less((uint64_t)usage.ru_maxrss, kNearKb),
                   (uint64_t)usage.ru_maxrss + kNearKb);
  truth_fact_range(token, "end", "runtime_ns", 0, truth_now_ns() - before);
}

// Times of children that were waited for are theirs, not the waiter's.
static void run_waiter(void) {
  if (truth_fork() == 0) {
    run(burn_user);
    truth_fact_range(truth_self.token, "end", "user_ns", 0, kNearNs);
    truth_exit(0);
  }
  truth_reap();
}

int main(int argc, char** argv) {
  char leaf[4096];
  truth_begin(argc, argv);
  run(burn_user);
  run(burn_system);
  run(burn_in_threads);
  run(use_memory);
  run(sleep_a_little);
  truth_beside(leaf, "leaf");
  run_small(leaf);
  run_waiter();
  truth_exit(0);
}
