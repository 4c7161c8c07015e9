// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// A process in cgroups made for it, below this one's place in the hierarchy that the tracer takes.
#include <sys/stat.h>

#include "observe.h"

// The directory of this process's cgroup: v1 memory, else v1 pids, else v2.
static void own_directory(char out[4096]) {
  static const char* const kinds[] = {"memory", "pids", ""};
  for (int kind = 0; kind < 3; kind++) {
    char line[4096], point[2048], type[64], options[1024], path[2048];
    FILE *mounts = fopen("/proc/self/mounts", "re"), *cgroups = fopen("/proc/self/cgroup", "re");
    int found = 0;
    truth_check(mounts && cgroups, "/proc/self/mounts");
    while (!found && fgets(line, sizeof(line), mounts)) {
      if (sscanf(line, "%*s %2047s %63s %1023s", point, type, options) != 3) continue;
      found = kind < 2 ? !strcmp(type, "cgroup") && strstr(options, kinds[kind]) != NULL
                       : !strcmp(type, "cgroup2");
    }
    while (found && fgets(line, sizeof(line), cgroups)) {
      char *controllers = strchr(line, ':') + 1, *p = strchr(controllers, ':');
      *p++ = 0;
      p[strcspn(p, "\n")] = 0;
      if (kind < 2 ? strstr(controllers, kinds[kind]) == NULL : *controllers != 0) continue;
      snprintf(path, sizeof(path), "%s", p);
      snprintf(out, 4096, "%s%s", point, strcmp(path, "/") ? path : "");
      fclose(mounts);
      fclose(cgroups);
      return;
    }
    fclose(mounts);
    fclose(cgroups);
  }
  errno = ENOENT;
  truth_fail("no cgroup hierarchy is mounted");
}

static void enter(const char* directory) {
  char path[4096 + 64];
  snprintf(path, sizeof(path), "%s/cgroup.procs", directory);
  truth_check(truth_write_file(path, "0") == 0, path);
}

int main(int argc, char** argv) {
  char own[4096], outer[4096 + 64], inner[4096 + 128], container[4096 + 256], id[65], leaf[4096];
  truth_begin(argc, argv);
  truth_beside(leaf, "leaf");
  own_directory(own);
  snprintf(outer, sizeof(outer), "%s/proctree-test-%d", own, getpid());
  snprintf(inner, sizeof(inner), "%s/odd name;|\\", outer);
  for (int i = 0; i < 64; i++) id[i] = "0123456789abcdef"[i % 16];
  id[64] = 0;
  snprintf(container, sizeof(container), "%s/docker-%s.scope", outer, id);
  truth_check(mkdir(outer, 0755) == 0 && mkdir(inner, 0755) == 0 && mkdir(container, 0755) == 0, outer);
  if (truth_fork() == 0) {
    enter(outer);
    if (truth_fork() == 0) {  // born inside
      observe_process("birth");
      truth_exit(0);
    }
    truth_reap();
    truth_execv(leaf, NULL);
  }
  if (truth_fork() == 0) {
    enter(inner);
    truth_fact_absent(truth_self.token, "exec.1", "container_id");
    truth_execv(leaf, NULL);
  }
  if (truth_fork() == 0) {
    enter(container);
    truth_fact_string(truth_self.token, "exec.1", "container_id", id);
    truth_execv(leaf, NULL);
  }
  truth_reap();
  truth_check(rmdir(container) == 0 && rmdir(inner) == 0 && rmdir(outer) == 0, "rmdir of a cgroup");
  truth_exit(0);
}
