/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
/* Files that workload programs make in their working directory, which the test gives them. */
#ifndef PROCTREE_FILES_H
#define PROCTREE_FILES_H

#include <sys/stat.h>

#include "truth.h"

static inline void files_write(int fd, const void* bytes, size_t count) {
  const char* p = (const char*)bytes;
  while (count > 0) {
    ssize_t done = write(fd, p, count);
    truth_check(done > 0, "write a file");
    p += done;
    count -= (size_t)done;
  }
}

/* The program beside this one, copied to an open file. */
static inline void files_copy_to(int fd, const char* name) {
  char path[4096], block[65536];
  ssize_t got;
  int from = open(truth_beside(path, name), O_RDONLY | O_CLOEXEC);
  truth_check(from >= 0, path);
  while ((got = read(from, block, sizeof(block))) > 0) files_write(fd, block, (size_t)got);
  truth_check(got == 0, path);
  close(from);
}

static inline void files_copy(const char* name, const char* to, mode_t mode) {
  int fd = open(to, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0755);
  truth_check(fd >= 0, to);
  files_copy_to(fd, name);
  truth_check(fchmod(fd, mode) == 0, to);
  close(fd);
}

static inline void files_text(const char* to, const char* text, mode_t mode) {
  int fd = open(to, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0755);
  truth_check(fd >= 0, to);
  files_write(fd, text, strlen(text));
  truth_check(fchmod(fd, mode) == 0, to);
  close(fd);
}

/* The working directory with `name` behind it. */
static inline const char* files_here(char out[4096], const char* name) {
  truth_check(getcwd(out, 3800) != NULL, "getcwd");
  snprintf(out + strlen(out), 256, "/%s", name);
  return out;
}

#endif
