/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
/*
 * Facts: what a record of this process must hold.
 *
 * WHERE is the record: "birth" (fork), "exec.N", "end" (exit). KEY is the field's name in the JSON
 * line, dotted for what is inside ("ns.pid", "ancestors.0.exited"). FORM:
 *
 *   s HEX       a string of these bytes           n NUMBER    a number
 *   t           true                              f           false, or absent
 *   x HEX       a string that is this hex number  - (none)    absent
 *   r LOW HIGH  a number between these two
 */
#ifndef PROCTREE_TRUTH_FACT_H
#define PROCTREE_TRUTH_FACT_H

#include "truth.h"

static inline char* truth_where_exec(char out[32], unsigned ordinal) {
  snprintf(out, 32, "exec.%u", ordinal);
  return out;
}

/* Writes a file that takes it in one piece: /proc, cgroups. */
static inline int truth_write_file(const char* path, const char* text) {
  int fd = open(path, O_WRONLY | O_CLOEXEC);
  ssize_t done = fd >= 0 ? write(fd, text, strlen(text)) : -1;
  if (fd >= 0) close(fd);
  return done == (ssize_t)strlen(text) ? 0 : -1;
}

static inline void truth_fact_bytes(uint64_t token, const char* where, const char* key, const void* bytes,
                                    size_t count) {
  char hex[3800];
  truth_check(2 * count < sizeof(hex), key);
  truth_hex(hex, bytes, count);
  truth_line("fact", "%016lx %s %s s %s", (unsigned long)token, where, key, hex);
}

static inline void truth_fact_string(uint64_t token, const char* where, const char* key, const char* value) {
  truth_fact_bytes(token, where, key, value, strlen(value));
}

static inline void truth_fact_number(uint64_t token, const char* where, const char* key, uint64_t value) {
  truth_line("fact", "%016lx %s %s n %llu", (unsigned long)token, where, key, (unsigned long long)value);
}

static inline void truth_fact_range(uint64_t token, const char* where, const char* key, uint64_t low,
                                    uint64_t high) {
  truth_line("fact", "%016lx %s %s r %llu %llu", (unsigned long)token, where, key, (unsigned long long)low,
             (unsigned long long)high);
}

static inline void truth_fact_hex(uint64_t token, const char* where, const char* key, uint64_t value) {
  truth_line("fact", "%016lx %s %s x %llx", (unsigned long)token, where, key, (unsigned long long)value);
}

static inline void truth_fact_bool(uint64_t token, const char* where, const char* key, int value) {
  truth_line("fact", "%016lx %s %s %s", (unsigned long)token, where, key, value ? "t" : "f");
}

static inline void truth_fact_absent(uint64_t token, const char* where, const char* key) {
  truth_line("fact", "%016lx %s %s -", (unsigned long)token, where, key);
}

#endif
