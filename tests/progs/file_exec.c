// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// Programs without a name in the file system: a memfd (execveat, AT_EMPTY_PATH), a deleted file (fexecve).
#include <sys/mman.h>

#include "files.h"
#include "truth_fact.h"

static void exec_fd(int fd, const char* name) {
  char stamp[TRUTH_STAMP_MAX], filename[32], *argv[TRUTH_ARGS_MAX];
  extern char** environ;
  uint64_t token = truth_self.token;
  truth_argv(argv, name, truth_stamp(stamp, token, 1), NULL);
  snprintf(filename, sizeof(filename), "/dev/fd/%d", fd);  // what the kernel makes of AT_EMPTY_PATH
  truth_fact_string(token, "exec.1", "filename", filename);
  truth_fact_absent(token, "exec.1", "interpreter");
  truth_will_exec(token, 1, argv);
  syscall(SYS_execveat, fd, "", argv, environ, AT_EMPTY_PATH);
  truth_fail("execveat");
}

static void memfd(void) {
  int fd = memfd_create("secret", MFD_CLOEXEC);
  truth_check(fd >= 0, "memfd_create");
  files_copy_to(fd, "leaf");
  truth_fact_string(truth_self.token, "exec.1", "exe", "/memfd:secret");
  truth_fact_bool(truth_self.token, "exec.1", "exe_memfd", 1);
  exec_fd(fd, "memfd");
}

static void deleted(void) {
  char path[4096];
  int fd;
  files_copy("leaf", "gone", 0755);
  files_here(path, "gone");
  fd = open(path, O_RDONLY | O_CLOEXEC);
  truth_check(fd >= 0 && unlink(path) == 0, path);
  truth_fact_string(truth_self.token, "exec.1", "exe", path);
  truth_fact_bool(truth_self.token, "exec.1", "exe_deleted", 1);
  truth_fact_bool(truth_self.token, "exec.1", "exe_memfd", 0);
  exec_fd(fd, "gone");
}

// A file that only looks like a memfd.
static void pretender(void) {
  files_copy("leaf", "memfd:fake", 0755);
  truth_fact_bool(truth_self.token, "exec.1", "exe_memfd", 0);
  truth_fact_bool(truth_self.token, "exec.1", "exe_deleted", 0);
  truth_fact_string(truth_self.token, "exec.1", "filename", "./memfd:fake");
  truth_execv("./memfd:fake", NULL);
}

int main(int argc, char** argv) {
  truth_begin(argc, argv);
  if (truth_fork() == 0) memfd();
  if (truth_fork() == 0) deleted();
  if (truth_fork() == 0) pretender();
  truth_reap();
  truth_exit(0);
}
