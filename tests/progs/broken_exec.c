// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// Execs that are none: refused with an error, or given up by the kernel when the old image is gone already.
// Facts of WHERE failed.N are those of the record of exec N's failure, where a tracer reports it.
#include <elf.h>
#include <pthread.h>

#include "files.h"
#include "truth_fact.h"

static char leaf[4096];

static void fact_of_error(uint64_t token, unsigned ordinal, int error) {
  char where[32];
  snprintf(where, sizeof(where), "failed.%u", ordinal);
  truth_fact_number(token, where, "errno", (unsigned)error);
  truth_fact_string(token, where, "error", strerrorname_np(error));
  truth_fact_bool(token, where, "fatal", 0);
}

// An execve, or an execveat where `dirfd` isn't AT_FDCWD, that must fail so. No `argument`: none but the
// name.
static void refused(uint64_t token, unsigned ordinal, int dirfd, const char* path, int flags, char* argument,
                    int error) {
  char where[32], stamp[TRUTH_STAMP_MAX];
  char* argv[] = {(char*)"refused", truth_stamp(stamp, token, ordinal), argument, NULL};
  char* envp[] = {NULL};
  const int at = dirfd != AT_FDCWD;
  long result;
  snprintf(where, sizeof(where), "failed.%u", ordinal);
  argv[2] = NULL;
  truth_will_exec(token, ordinal, argv);
  argv[2] = argument;
  errno = 0;
  result = at ? syscall(SYS_execveat, dirfd, path, argv, envp, flags) : execve(path, argv, envp);
  if (result != -1 || errno != error) truth_fail(path);
  truth_exec_failed(token, ordinal, error);
  fact_of_error(token, ordinal, error);
  if (error == EFAULT)
    truth_fact_absent(token, where, "filename");
  else if (strlen(path) < 1024)
    truth_fact_string(token, where, "filename", path);
  truth_fact_bool(token, where, "filename_truncated", strlen(error == EFAULT ? "" : path) > 4096);
  if (at) {
    truth_fact_number(token, where, "dirfd", (unsigned)dirfd);
    truth_fact_number(token, where, "at_flags", (unsigned)flags);
  } else {
    truth_fact_absent(token, where, "dirfd");
    truth_fact_absent(token, where, "at_flags");
  }
}

static void refused_here(int dirfd, const char* path, int flags, char* argument, int error) {
  refused(truth_self.token, ++truth_self.execs, dirfd, path, flags, argument, error);
}

// A program whose headers are well but whose first segment can't be mapped: execve doesn't return, the
// process dies of a signal, and no program ever ran.
static void make_unmappable(const char* path) {
  Elf64_Ehdr header;
  int fd;
  files_copy("leaf", path, 0755);
  fd = open(path, O_RDWR | O_CLOEXEC);
  truth_check(fd >= 0 && pread(fd, &header, sizeof(header), 0) == sizeof(header), path);
  for (int i = 0; i < header.e_phnum; i++) {
    off_t at = (off_t)(header.e_phoff + (Elf64_Off)i * header.e_phentsize);
    Elf64_Phdr segment;
    truth_check(pread(fd, &segment, sizeof(segment), at) == sizeof(segment), path);
    if (segment.p_type != PT_LOAD) continue;
    segment.p_vaddr = 0xffff000000000000;
    truth_check(pwrite(fd, &segment, sizeof(segment), at) == sizeof(segment), path);
  }
  close(fd);
}

static void never_returns(uint64_t token) {
  char* const gone[] = {(char*)"./unmappable", NULL};
  truth_will_exec(token, 1, gone);
  truth_exec_failed(token, 1, 0);
  truth_fact_bool(token, "failed.1", "fatal", 1);
  truth_fact_absent(token, "failed.1", "filename");
  execv(gone[0], gone);
  truth_fail("an exec that should not have returned");
}

static void in_every_way(void) {
  static char large[256 * 1024], path[5000];
  int folder, text;
  refused_here(AT_FDCWD, "./no_interpreter", 0, NULL, ENOENT);
  refused_here(AT_FDCWD, "./empty", 0, NULL, ENOEXEC);
  refused_here(AT_FDCWD, "/", 0, NULL, EACCES);
  refused_here(AT_FDCWD, "/nonexistent/program", 0, NULL, ENOENT);
  refused_here(AT_FDCWD, "", 0, NULL, ENOENT);
  refused_here(AT_FDCWD, "./text/below", 0, NULL, ENOTDIR);
  refused_here(AT_FDCWD, "./text", 0, NULL, EACCES);
  refused_here(AT_FDCWD, "./\x1b[2J\xff;|\n\"\\", 0, NULL, ENOENT);
  refused_here(AT_FDCWD, (const char*)8, 0, NULL, EFAULT);
  memset(large, 'x', sizeof(large) - 1);  // a single argument may have 128 KiB
  refused_here(AT_FDCWD, leaf, 0, large, E2BIG);
  memset(path, 'x', 256);
  refused_here(AT_FDCWD, path, 0, NULL, ENAMETOOLONG);
  memset(path, '/', sizeof(path) - 1);
  refused_here(AT_FDCWD, path, 0, NULL, ENAMETOOLONG);
  folder = open(".", O_PATH | O_DIRECTORY | O_CLOEXEC);
  text = open("text", O_RDONLY | O_CLOEXEC);
  truth_check(folder >= 0 && text >= 0, "open");
  refused_here(folder, "text", 0, NULL, EACCES);
  refused_here(folder, "absent", AT_SYMLINK_NOFOLLOW, NULL, ENOENT);
  refused_here(text, "", AT_EMPTY_PATH, NULL, EACCES);
  refused_here(12345, "absent", 0, NULL, EBADF);
}

static void* in_a_thread(void* unused) {
  (void)unused;
  refused_here(AT_FDCWD, "/nonexistent/of a thread", 0, NULL, ENOENT);
  return NULL;
}

// As a shell finds a program: one call for each folder until one succeeds.
static void along_the_path(void) {
  char path[8192], stamp[TRUTH_STAMP_MAX];
  char* argv[] = {(char*)"leaf", NULL, (char*)"parent", NULL};
  static const char* const tried[] = {"/nonexistent/leaf", "/proc/self/leaf", "./text/leaf"};
  snprintf(path, sizeof(path), "/nonexistent:/proc/self:./text:%.*s", (int)(strrchr(leaf, '/') - leaf), leaf);
  setenv("PATH", path, 1);
  for (unsigned i = 0; i < 3; i++) {
    char where[32];
    snprintf(where, sizeof(where), "failed.%u", ++truth_self.execs);
    truth_will_exec(truth_self.token, truth_self.execs, (char*[]){(char*)"leaf", NULL});
    truth_exec_failed(truth_self.token, truth_self.execs, i < 2 ? ENOENT : ENOTDIR);
    fact_of_error(truth_self.token, truth_self.execs, i < 2 ? ENOENT : ENOTDIR);
    truth_fact_string(truth_self.token, where, "filename", tried[i]);
  }
  argv[1] = truth_stamp(stamp, truth_self.token, ++truth_self.execs);
  truth_will_exec(truth_self.token, truth_self.execs, argv);
  execvp("leaf", argv);
  truth_fail("execvp");
}

int main(int argc, char** argv) {
  volatile uint64_t vforked;
  pthread_t thread;
  uint64_t token;
  pid_t pid;
  truth_begin(argc, argv);
  truth_beside(leaf, "leaf");
  make_unmappable("unmappable");
  files_text("no_interpreter", "#!/nonexistent/interpreter\n", 0755);
  files_text("empty", "", 0755);
  files_text("text", "text\n", 0644);

  pid = truth_fork_token(&token);
  if (pid == 0) never_returns(token);
  truth_wait(pid, token);

  if (truth_fork() == 0) {
    in_every_way();
    truth_execv(leaf, (char*[]){"parent", NULL});
  }
  if (truth_fork() == 0) along_the_path();
  if (truth_fork() == 0) {
    truth_check((errno = pthread_create(&thread, NULL, in_a_thread, NULL)) == 0, "pthread_create");
    pthread_join(thread, NULL);
    truth_exit(3);
  }
  vforked = truth_new_token();
  pid = vfork();
  truth_check(pid >= 0, "vfork");
  if (pid == 0) {
    truth_birth(0, vforked, truth_self.token, "vfork");
    refused(vforked, 1, AT_FDCWD, "/nonexistent/of a vforked child", 0, NULL, ENOENT);
    truth_end_exit(vforked, 41);
    _exit(41);
  }
  truth_reap();
  truth_exit(0);
}
