// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// Execs that are none: refused with an error, or given up by the kernel when the old image is gone already.
#include <elf.h>

#include "files.h"
#include "truth_fact.h"

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

int main(int argc, char** argv) {
  char leaf[4096];
  uint64_t token;
  pid_t pid;
  truth_begin(argc, argv);
  truth_beside(leaf, "leaf");
  make_unmappable("unmappable");
  files_text("no_interpreter", "#!/nonexistent/interpreter\n", 0755);
  files_text("empty", "", 0755);

  pid = truth_fork_token(&token);
  if (pid == 0) {
    char* const gone[] = {"./unmappable", NULL};
    truth_will_exec(token, 1, gone);
    truth_exec_failed(token, 1, 0);
    execv(gone[0], gone);
    truth_fail("an exec that should not have returned");
  }
  truth_wait(pid, token);

  if (truth_fork() == 0) {
    truth_try_execv("./no_interpreter", NULL);
    truth_try_execv("./empty", NULL);
    truth_try_execv("/", NULL);
    truth_execv(leaf, (char*[]){"parent", NULL});
  }
  truth_reap();
  truth_exit(0);
}
