// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// Arguments: every byte, empty ones, invalid UTF-8, thousands, hundreds of KiB, and sizes around a bound.
#include "truth.h"

static char leaf[4096];

// argv: {argv0, stamp, the `count` strings of rest}
static void run(const char* argv0, char* const* rest, size_t count) {
  char stamp[TRUTH_STAMP_MAX];
  char** argv;
  if (truth_fork() != 0) {
    truth_reap();
    return;
  }
  argv = (char**)calloc(count + 3, sizeof(*argv));
  truth_check(argv != NULL, "calloc");
  argv[0] = (char*)(uintptr_t)argv0;
  argv[1] = truth_stamp(stamp, truth_self.token, 1);
  for (size_t i = 0; i < count; i++) argv[i + 2] = rest[i];
  truth_will_exec(truth_self.token, 1, argv);
  execv(leaf, argv);
  truth_fail("execv");
}

static char* filled(size_t length, int seed) {
  char* s = (char*)malloc(length + 1);
  truth_check(s != NULL, "malloc");
  for (size_t i = 0; i < length; i++) s[i] = (char)(1 + (i * 7 + (size_t)seed) % 255);
  s[length] = 0;
  return s;
}

static char* text(size_t length) {
  char* s = filled(length, 0);
  for (size_t i = 0; i < length; i++) s[i] = (char)('a' + i % 26);
  return s;
}

// All the arguments together, their NULs included, take `size` bytes.
static void run_sized(size_t size, char* (*fill)(size_t)) {
  char stamp[TRUTH_STAMP_MAX], *one[40];
  size_t used = strlen("x") + 1 + strlen(truth_stamp(stamp, truth_self.token, 1)) + 1, n = 0;
  while (size - used > 60001) {
    one[n++] = fill(60000);
    used += 60001;
  }
  one[n++] = fill(size - used - 1);
  run("x", one, n);
}

static char* binary(size_t length) { return filled(length, 3); }

int main(int argc, char** argv) {
  char *many[5000], every[256], single[255][2], *singles[255];
  truth_begin(argc, argv);
  truth_beside(leaf, "leaf");
  for (int i = 0; i < 255; i++) {
    every[i] = (char)(i + 1);
    single[i][0] = (char)(i + 1);
    single[i][1] = 0;
    singles[i] = single[i];
  }
  every[255] = 0;
  for (int i = 0; i < 5000; i++) many[i] = i % 3 ? "x" : "";

  run(leaf, NULL, 0);
  run("", NULL, 0);
  run(leaf, (char*[]){every}, 1);
  run(leaf, singles, 255);
  run(leaf, (char*[]){"", "a", "", ""}, 4);
  run(leaf, (char*[]){""}, 1);
  run(leaf,
      (char*[]){"\xff\xfe", "\xc0\xaf", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xe2\x82", "ok", "\xc3\xa9"}, 7);
  run(leaf, (char*[]){"\xff", ""}, 2);
  run(leaf,
      (char*[]){"\"},{\"type\":\"exec\"", "\\u0000", "a\nb\r\tc", "\x1b[2J\x1b]0;x\x07", "\xe2\x80\xa8"}, 5);
  run(leaf, many, 5000);
  for (size_t around = 4096; around <= 65536; around *= 4) {
    for (size_t size = around - 1; size <= around + 1; size++) {
      run_sized(size, text);
      run_sized(size, binary);
    }
  }
  run_sized(100 * 1024, text);
  run_sized(100 * 1024, binary);
  run_sized(2000 * 1000, text);
  truth_exit(0);
}
