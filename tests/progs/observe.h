/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
/*
 * A process looks at itself through /proc, and writes down as facts what the record of its birth or
 * of its last exec must say.
 */
#ifndef PROCTREE_OBSERVE_H
#define PROCTREE_OBSERVE_H

#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "truth_fact.h"

#define INITIAL_USER_NS 4026531837u
#define INITIAL_CGROUP_NS 4026531835u

/* The first `size - 1` bytes of a file, 0-terminated; their number, or -1. */
static inline ssize_t observe_read(const char* path, char* out, size_t size) {
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  ssize_t got = fd < 0 ? -1 : read(fd, out, size - 1);
  if (fd >= 0) close(fd);
  out[got > 0 ? got : 0] = 0;
  return got;
}

static inline uint64_t observe_ns(uint64_t token, const char* where, const char* name, const char* key) {
  char path[64], link[64] = "";
  unsigned long long inode = 0;
  snprintf(path, sizeof(path), "/proc/self/ns/%s", name);
  truth_check(readlink(path, link, sizeof(link) - 1) > 0 &&
                  sscanf(strchr(link, '[') ? strchr(link, '[') : "", "[%llu]", &inode) == 1,
              path);
  truth_fact_number(token, where, key, inode);
  return inode;
}

/* The hierarchy that the tracer takes: v1 memory, else v1 pids, else v2. */
static inline void observe_cgroup(uint64_t token, const char* where) {
  char text[4096], *best = NULL, *line, *rest;
  int rank = 0;
  truth_check(observe_read("/proc/self/cgroup", text, sizeof(text)) > 0, "/proc/self/cgroup");
  for (line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
    char *controllers = strchr(line, ':') + 1, *path = strchr(controllers, ':');
    int is;
    *path++ = 0;
    is = strstr(controllers, "memory") ? 3 : !strcmp(controllers, "pids") ? 2 : !*controllers ? 1 : 0;
    if (is > rank) rank = is, best = path;
  }
  if (best) truth_fact_string(token, where, "cgroup", best);
}

/* What only the kernel's own numbers can say: from /proc/self/status. */
static inline void observe_status(uint64_t token, const char* where, int ids, int image) {
  char text[4096], *p;
  unsigned real, effective;
  unsigned long long caps;
  truth_check(observe_read("/proc/self/status", text, sizeof(text)) > 0, "/proc/self/status");
  if ((p = strstr(text, "\nNSpid:"))) {
    char* end = strchr(p + 1, '\n');
    *end = 0;
    truth_fact_number(token, where, "ns_pid", strtoul(strrchr(p, '\t'), NULL, 10));
    *end = '\n';
  }
  if (ids) {
    truth_check((p = strstr(text, "\nUid:")) && sscanf(p, "\nUid: %u %u", &real, &effective) == 2, "Uid:");
    truth_fact_number(token, where, "uid", real);
    truth_fact_number(token, where, "euid", effective);
    truth_check((p = strstr(text, "\nGid:")) && sscanf(p, "\nGid: %u %u", &real, &effective) == 2, "Gid:");
    truth_fact_number(token, where, "gid", real);
    truth_fact_number(token, where, "egid", effective);
  }
  if (image) {
    truth_check((p = strstr(text, "\nCapPrm:")) && sscanf(p, "\nCapPrm: %llx", &caps) == 1, "CapPrm:");
    truth_fact_hex(token, where, "caps_permitted", caps);
    truth_check((p = strstr(text, "\nCapEff:")) && sscanf(p, "\nCapEff: %llx", &caps) == 1, "CapEff:");
    truth_fact_hex(token, where, "caps_effective", caps);
  }
}

static inline void observe_id_file(uint64_t token, const char* where, const char* path, const char* key) {
  char text[32];
  if (observe_read(path, text, sizeof(text)) <= 0) return; /* a kernel without audit has no such file */
  if (strtoul(text, NULL, 10) == 0xffffffffu)
    truth_fact_absent(token, where, key);
  else
    truth_fact_number(token, where, key, strtoul(text, NULL, 10));
}

static inline void observe_tty(uint64_t token, const char* where, int tty) {
  unsigned device = (unsigned)tty;
  char name[32];
  if (!device) {
    truth_fact_absent(token, where, "tty");
  } else if (major(device) >= 136 && major(device) <= 143) { /* Documentation/admin-guide/devices.txt */
    snprintf(name, sizeof(name), "pts/%u", (major(device) - 136) * 256 + minor(device));
    truth_fact_string(token, where, "tty", name);
  }
}

static inline void observe_link(uint64_t token, const char* where, const char* link, const char* key) {
  char path[4096];
  ssize_t got = readlink(link, path, sizeof(path) - 1);
  if (got < 0 || got > 1800) return; /* longer than a fact; a test that is about length says more itself */
  path[got] = 0;
  if (got > 10 && !strcmp(path + got - 10, " (deleted)")) path[got -= 10] = 0;
  truth_fact_bytes(token, where, key, path, (size_t)got);
}

/* The facts that all records of a process have. Not the parent: it may change any time. */
static inline void observe_process(const char* where) {
  uint64_t token = truth_self.token;
  struct truth_stat s = truth_read_stat(0);
  char comm[64];
  ssize_t got = observe_read("/proc/self/comm", comm, sizeof(comm));
  int initial_user = observe_ns(token, where, "user", "ns.user") == INITIAL_USER_NS;
  truth_check(got > 0, "/proc/self/comm");
  truth_fact_bytes(token, where, "comm", comm, (size_t)got - 1);
  truth_fact_number(token, where, "sid", (uint64_t)s.sid);
  truth_fact_number(token, where, "pgid", (uint64_t)s.pgid);
  observe_tty(token, where, s.tty);
  observe_ns(token, where, "pid", "ns.pid");
  observe_ns(token, where, "mnt", "ns.mnt");
  observe_ns(token, where, "net", "ns.net");
  observe_ns(token, where, "uts", "ns.uts");
  observe_ns(token, where, "ipc", "ns.ipc");
  if (observe_ns(token, where, "cgroup", "ns.cgroup") == INITIAL_CGROUP_NS) observe_cgroup(token, where);
  observe_status(token, where, initial_user, 0);
  observe_link(token, where, "/proc/self/exe", "exe");
  observe_id_file(token, where, "/proc/self/loginuid", "loginuid");
  observe_id_file(token, where, "/proc/self/sessionid", "audit_session");
}

/* And those of the image that runs now. */
static inline void observe_image(void) {
  uint64_t token = truth_self.token;
  char where[32];
  struct stat s;
  truth_where_exec(where, truth_self.execs);
  observe_process(where);
  observe_status(token, where, 0, 1);
  observe_link(token, where, "/proc/self/cwd", "cwd");
  truth_check(stat("/proc/self/exe", &s) == 0, "stat /proc/self/exe");
  truth_fact_number(token, where, "exe_inode", s.st_ino);
  truth_fact_number(token, where, "exe_dev", s.st_dev);
  truth_fact_bool(token, where, "exe_deleted", s.st_nlink == 0);
}

/* The kernel's parent now: for a process whose parent stays until it is told. */
static inline void observe_parent(const char* where) {
  truth_fact_number(truth_self.token, where, "ppid", (uint64_t)truth_read_stat(0).ppid);
}

#endif
