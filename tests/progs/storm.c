// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// A random tree of exactly N processes, created in every cheap way there is, from a seed.
//
//   storm @x… root SEED N
//
// A node has a budget: itself and what shall descend from it. It divides what is left after itself
// among children, each created in a way chosen at random, and ends in a way chosen at random. The
// root adopts orphans, so that it ends last.
#include <pthread.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include "truth_fact.h"

enum { kPrograms = 8, kArgBytes = 4096, kArgsMax = 8, kOutstanding = 12 };

struct node {
  uint64_t seed;
  unsigned budget;
  unsigned depth;
  unsigned line;  // one child that gets all the budget, and so on: a deep lineage
};

static uint64_t next_random(struct node* node) {  // splitmix64
  uint64_t z = (node->seed += 0x9e3779b97f4a7c15u);
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
  return z ^ (z >> 31);
}

static unsigned below(struct node* node, unsigned limit) { return (unsigned)(next_random(node) % limit); }

// The arguments of one exec of this program: what the node is, and bytes at random.
struct call {
  char path[8], stamp[TRUTH_STAMP_MAX], seed[24], budget[16], depth[16], line[4], bytes[kArgBytes];
  char* argv[8 + kArgsMax];
};

static void random_args(struct call* call, struct node* node, size_t at) {
  unsigned count = below(node, kArgsMax), used = 0;
  for (unsigned i = 0; i < count; i++) {
    unsigned size = below(node, 16) ? below(node, 40) : below(node, 1500);
    if (used + size + 1 > kArgBytes) break;
    call->argv[at++] = call->bytes + used;
    for (unsigned k = 0; k < size; k++) call->bytes[used++] = (char)(1 + below(node, 255));
    call->bytes[used++] = 0;
  }
  call->argv[at] = NULL;
}

static void prepare(struct call* call, struct node* node, uint64_t token, unsigned ordinal) {
  snprintf(call->path, sizeof(call->path), "./s%u", below(node, kPrograms));
  snprintf(call->budget, sizeof(call->budget), "%u", node->budget);
  snprintf(call->depth, sizeof(call->depth), "%u", node->depth);
  snprintf(call->line, sizeof(call->line), "%u", node->line);
  call->argv[0] = call->path;
  call->argv[1] = truth_stamp(call->stamp, token, ordinal);
  call->argv[2] = (char*)(uintptr_t) "node";
  call->argv[3] = call->seed;
  call->argv[4] = call->budget;
  call->argv[5] = call->depth;
  call->argv[6] = call->line;
  random_args(call, node, 7);
  snprintf(call->seed, sizeof(call->seed), "%llu", (unsigned long long)next_random(node));
}

// System calls and stack only: a vforked child comes here too.
static void announce(struct call* call, uint64_t token, unsigned ordinal) {
  char where[32];
  truth_fact_string(token, truth_where_exec(where, ordinal), "comm", call->path + 2);
  truth_will_exec(token, ordinal, call->argv);
}

static void run(struct node node);

// This process becomes the node in a new image.
static void become(struct node* node) {
  struct call call;
  prepare(&call, node, truth_self.token, ++truth_self.execs);
  announce(&call, truth_self.token, truth_self.execs);
  execv(call.path, call.argv);
  truth_fail(call.path);
}

static void* become_body(void* node) {
  become((struct node*)node);
  return NULL;
}

static void* run_body(void* node) {
  run(*(struct node*)node);
  return NULL;
}

static void start_thread(void* (*body)(void*), struct node* node) {
  pthread_t thread;
  truth_check((errno = pthread_create(&thread, NULL, body, node)) == 0, "pthread_create");
}

// A process that was just created goes on as the node, one way or another.
static void live(struct node* node) {
  static struct node copy;  // a thread outlives the stack of an ended leader, but not by much
  copy = *node;
  switch (below(&copy, 8)) {
    case 0:
    case 1:
    case 2:
      become(&copy);
      break;
    case 3:  // exec by a thread that isn't the leader
      start_thread(become_body, &copy);
      for (;;) pause();
    case 4:  // the leader ends, the process goes on
      start_thread(run_body, &copy);
      syscall(SYS_exit, 0);
      break;
    default:
      run(copy);
  }
}

static void by_vfork(struct node* child, int exec) {
  struct call call;
  uint64_t token = truth_new_token();
  int code = (int)below(child, 256);
  pid_t pid;
  prepare(&call, child, token, 1);
  pid = vfork();
  truth_check(pid >= 0, "vfork");
  if (pid == 0) {
    truth_birth(0, token, truth_self.token, "vfork");
    if (exec) {
      announce(&call, token, 1);
      execv(call.path, call.argv);
      truth_fail(call.path);
    }
    truth_end_exit(token, code);
    _exit(code);
  }
}

static void by_spawn(struct node* child) {
  struct call call;
  uint64_t token = truth_new_token();
  extern char** environ;
  pid_t pid;
  prepare(&call, child, token, 1);
  announce(&call, token, 1);
  truth_check((errno = posix_spawn(&pid, call.path, NULL, NULL, call.argv, environ)) == 0, "posix_spawn");
  truth_birth(pid, token, truth_self.token, "posix_spawn");
}

// Creates one child of `share` processes.
static void create(struct node* node, unsigned share) {
  struct node child = {next_random(node), share, node->depth + 1, node->line};
  switch (below(node, 8)) {
    case 0:
      by_vfork(&child, share > 1 || below(node, 2));
      break;
    case 1:
      by_spawn(&child);
      break;
    case 2:
      if (truth_clone3(0, "clone3") == 0) live(&child);
      break;
    case 3:
      if (node->depth == 0) {  // the root's parent is the test: no sibling for it
        by_spawn(&child);
      } else if (truth_clone(CLONE_PARENT | SIGCHLD, "clone_parent") == 0) {
        live(&child);
      }
      break;
    case 4:
      if (share < 2) {
        by_vfork(&child, 1);
      } else if (truth_fork() == 0) {  // double fork: the middle process is one of the share
        child.budget--;
        if (truth_fork() == 0) live(&child);
        truth_exit((int)below(&child, 256));
      }
      break;
    default:
      if (truth_fork() == 0) live(&child);
  }
}

static unsigned choose_share(struct node* node, unsigned rest) {
  unsigned share;
  if (!node->line && rest >= 20 && rest <= 120 && below(node, 24) == 0) node->line = 1;
  if (node->line) return rest;
  switch (below(node, 4)) {
    case 0:
      share = rest / 2;
      break;
    case 1:
      share = 1 + below(node, 3);
      break;
    case 2:
      share = rest / 8;
      break;
    default:
      share = 1;
  }
  return share < 1 ? 1 : share > rest ? rest : share;
}

static void end(struct node* node) {
  static const int signals[] = {SIGKILL, SIGTERM, SIGSEGV, SIGUSR1, SIGPIPE};
  int code = (int)below(node, 256);
  if (below(node, 8) == 0) truth_die(signals[below(node, 5)]);
  truth_exit(code);
}

static void run(struct node node) {
  unsigned rest = node.budget - 1, outstanding = 0;
  int root = node.depth == 0;
  while (rest > 0) {
    unsigned share = choose_share(&node, rest);
    create(&node, share);
    rest -= share;
    if (++outstanding > kOutstanding && wait(NULL) > 0) outstanding--;
  }
  if (root || below(&node, 8)) truth_reap();  // or leaves its children orphans
  if (root) truth_exit(0);
  end(&node);
}

static void prepare_root(void) {
  const struct rlimit none = {0, 0};
  char self[4096], name[8];
  truth_check(prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) == 0, "PR_SET_CHILD_SUBREAPER");
  truth_check(setrlimit(RLIMIT_CORE, &none) == 0, "RLIMIT_CORE");
  truth_beside(self, "storm");
  for (int i = 0; i < kPrograms; i++) {
    snprintf(name, sizeof(name), "s%d", i);
    truth_check(symlink(self, name) == 0, "symlink");
  }
}

int main(int argc, char** argv) {
  int i = truth_begin(argc, argv) + 1;
  struct node node = {0, 0, 0, 0};
  truth_check(argc >= i + 3, "arguments");
  node.seed = strtoull(argv[i + 1], NULL, 10);
  node.budget = (unsigned)strtoul(argv[i + 2], NULL, 10);
  truth_check(node.budget > 0, "arguments");
  if (!strcmp(argv[i], "root")) {
    prepare_root();
  } else {
    truth_check(argc >= i + 5, "arguments");
    node.depth = (unsigned)strtoul(argv[i + 3], NULL, 10);
    node.line = (unsigned)strtoul(argv[i + 4], NULL, 10);
    if (below(&node, 8) == 0) become(&node);
  }
  run(node);
}
