// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// Executes ./t in DIR from mounts of all kinds, each with what it is as its name: detached DIR.
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#ifndef SYS_open_tree
#define SYS_open_tree 428
#endif
#define CLONE_OF_TREE 1 /* OPEN_TREE_CLONE */

static void check(int holds, const char* what) {
  if (holds) return;
  perror(what);
  _exit(1);
}

static void execute(int fd, const char* path, char* name) {
  char* args[] = {name, NULL};
  char* env[] = {NULL};
  syscall(SYS_execveat, fd, path, args, env, AT_EMPTY_PATH);
  check(0, name);
}

static void private_mounts(void) {
  check(unshare(CLONE_NEWNS) == 0 && mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0,
        "private mounts");
}

static int clone_of(const char* path) {
  const int fd = (int)syscall(SYS_open_tree, AT_FDCWD, path, CLONE_OF_TREE);
  check(fd >= 0, "open_tree");
  return fd;
}

static void from_tree(void) {
  const int fd = clone_of(".");
  check(fchdir(openat(fd, ".", O_RDONLY | O_DIRECTORY)) == 0, "fchdir");
  execute(AT_FDCWD, "t", "from-tree");
}

static void from_file(void) { execute(clone_of("t"), "", "from-file"); }

static void from_memfd(void) {
  const int in = open("t", O_RDONLY), fd = memfd_create("sshd", MFD_CLOEXEC);
  struct stat is;
  check(in >= 0 && fd >= 0 && fstat(in, &is) == 0 && sendfile(fd, in, NULL, (size_t)is.st_size) == is.st_size,
        "memfd");
  execute(fd, "", "from-memfd");
}

static void from_unmounted(void) {
  private_mounts();
  const int in = open("t", O_RDONLY);
  struct stat is;
  check(mount("none", "/mnt", "tmpfs", 0, NULL) == 0 && fstat(in, &is) == 0, "tmpfs");
  const int out = open("/mnt/t", O_WRONLY | O_CREAT, 0755);
  check(sendfile(out, in, NULL, (size_t)is.st_size) == is.st_size && close(out) == 0, "copy");
  const int fd = open("/mnt/t", O_PATH);
  check(umount2("/mnt", MNT_DETACH) == 0, "umount");
  execute(fd, "", "from-unmounted");
}

static void from_own(void) {
  private_mounts();
  execute(AT_FDCWD, "t", "from-own");
}

static void from_first(void) {
  const int fd = open("t", O_PATH);
  private_mounts();
  execute(fd, "", "from-first");
}

int main(int argc, char** argv) {
  static void (*const kinds[])(void) = {from_tree,      from_file, from_memfd,
                                        from_unmounted, from_own,  from_first};
  check(argc == 2 && chdir(argv[1]) == 0, "usage");
  for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++) {
    const pid_t child = fork();
    if (child == 0) kinds[i]();
    int status = 1;
    check(waitpid(child, &status, 0) == child && status == 0, "a child");
  }
  return 0;
}
