// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// Where a program and its working directory are: deep paths, mounts, chroot, overlay, directories gone.
#include <sched.h>
#include <sys/mount.h>

#include "files.h"
#include "observe.h"

static char leaf[4096], top[4096];

static void make_dir(const char* path) { truth_check(mkdir(path, 0755) == 0, path); }

static void private_mounts(void) {
  truth_check(unshare(CLONE_NEWNS) == 0 && mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0,
              "private mounts");
}

// `levels` directories below the present one, names of 100 bytes; goes there.
static void descend(int levels) {
  char name[101];
  memset(name, 'd', sizeof(name) - 1);
  name[100] = 0;
  for (int i = 0; i < levels; i++) {
    truth_check((mkdir(name, 0755) == 0 || errno == EEXIST) && chdir(name) == 0, name);
  }
}

static void deep(void) {
  descend(8);
  files_copy("leaf", "leaf", 0755);
  truth_execv("./leaf", NULL);
}

// Deeper than any path that a system call takes; nothing is known here but that it must not disturb.
static void abyss(void) {
  descend(60);
  truth_execv(leaf, NULL);
}

static void bind_mount(void) {
  private_mounts();
  make_dir("source");
  make_dir("source/inner");
  files_copy("leaf", "source/inner/leaf", 0755);
  make_dir("bound");
  truth_check(mount("source", "bound", NULL, MS_BIND, NULL) == 0, "bind mount");
  truth_check(chdir("bound/inner") == 0, "chdir");
  truth_fact_string(truth_self.token, "exec.1", "filename", "./leaf");
  truth_execv("./leaf", NULL);
}

// A file system on a file system on a file system.
static void stacked_mounts(void) {
  private_mounts();
  make_dir("stack");
  truth_check(mount("none", "stack", "tmpfs", 0, NULL) == 0 && chdir("stack") == 0, "tmpfs");
  make_dir("upper");
  truth_check(mount("none", "upper", "tmpfs", 0, NULL) == 0 && chdir("upper") == 0, "tmpfs");
  truth_check(mount("none", ".", "tmpfs", 0, NULL) == 0 && chdir("../upper") == 0, "tmpfs over tmpfs");
  files_copy("leaf", "leaf", 0755);
  truth_execv("./leaf", NULL);
}

// Seen from outside, as /proc/PID/exe shows it to one who is not in there.
static void jail(void) {
  char path[4096 + 64];
  make_dir("jail");
  files_copy("leaf", "jail/leaf", 0755);
  snprintf(path, sizeof(path), "%s/jail", top);
  truth_fact_string(truth_self.token, "exec.1", "cwd", path);
  snprintf(path, sizeof(path), "%s/jail/leaf", top);
  truth_fact_string(truth_self.token, "exec.1", "exe", path);
  truth_fact_string(truth_self.token, "exec.1", "filename", "/leaf");
  truth_check(chroot("jail") == 0 && chdir("/") == 0, "chroot");
  truth_execv("/leaf", (char*[]){"blind", NULL});
}

// Executes a program through an overlay of its own: they run at the same time.
static void overlay(const char* name, int upper) {
  char path[4096 + 64], options[256];
  private_mounts();
  snprintf(options, sizeof(options), "lowerdir=lower,upperdir=upper-%s,workdir=work-%s", name, name);
  snprintf(path, sizeof(path), "%s/merged/%s", top, name);
  truth_check(mount("overlay", "merged", "overlay", 0, options) == 0, "overlay");
  truth_fact_string(truth_self.token, "exec.1", "exe", path);
  truth_fact_bool(truth_self.token, "exec.1", "exe_upper_layer", upper);
  truth_execv(path, (char*[]){"blind", NULL});
}

static int has_overlay(void) {
  char text[4096];
  return observe_read("/proc/filesystems", text, sizeof(text)) > 0 && strstr(text, "\toverlay\n") != NULL;
}

static void run_overlays(void) {
  make_dir("lower");
  make_dir("upper-below");
  make_dir("work-below");
  make_dir("upper-above");
  make_dir("work-above");
  make_dir("merged");
  files_copy("leaf", "lower/below", 0755);
  files_copy("leaf", "upper-above/above", 0755);
  if (truth_fork() == 0) overlay("below", 0);
  truth_reap();  // two overlays may not have one working directory at a time
  if (truth_fork() == 0) overlay("above", 1);
}

static void gone(void) {
  char path[4096];
  make_dir("gone");
  truth_check(chdir("gone") == 0 && rmdir(files_here(path, "../gone")) == 0, "rmdir");
  truth_execv(leaf, NULL);
}

static void at_root(void) {
  truth_check(chdir("/") == 0, "chdir");
  truth_fact_string(truth_self.token, "exec.1", "cwd", "/");
  truth_execv(leaf, NULL);
}

int main(int argc, char** argv) {
  void (*const runs[])(void) = {deep, abyss, bind_mount, stacked_mounts, jail, gone, at_root};
  truth_begin(argc, argv);
  truth_beside(leaf, "leaf");
  truth_check(getcwd(top, sizeof(top)) != NULL, "getcwd");
  for (size_t i = 0; i < sizeof(runs) / sizeof(*runs); i++) {
    if (truth_fork() == 0) runs[i]();
    truth_reap();
  }
  if (has_overlay()) run_overlays();
  truth_reap();
  truth_exit(0);
}
