// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// Scripts: the kernel executes the interpreter, puts it and its argument before the script's name.
#include "files.h"
#include "truth_fact.h"

// Executes `path`; `head` is what the kernel puts in the place of argv[0].
static void exec_script(const char* path, char* const head[]) {
  char stamp[TRUTH_STAMP_MAX], *as_kernel[TRUTH_ARGS_MAX], *as_called[3];
  size_t n = 0;
  truth_stamp(stamp, truth_self.token, 1);
  for (; head[n]; n++) as_kernel[n] = head[n];
  as_kernel[n++] = stamp;
  as_kernel[n] = NULL;
  as_called[0] = "replaced by the kernel";
  as_called[1] = stamp;
  as_called[2] = NULL;
  truth_fact_string(truth_self.token, "exec.1", "filename", path);
  truth_fact_string(truth_self.token, "exec.1", "interpreter", head[0]);
  truth_will_exec(truth_self.token, 1, as_kernel);
  execv(path, as_called);
  truth_fail(path);
}

int main(int argc, char** argv) {
  truth_begin(argc, argv);
  files_copy("leaf", "interp", 0755);
  files_text("plain", "#!./interp\nnothing\n", 0755);
  files_text("argument", "#! ./interp  one argument \n", 0755);
  files_text("nested", "#!./argument two\n", 0755);
  files_text("a b;c|d", "#!./plain\n", 0755);
  if (truth_fork() == 0) exec_script("./plain", (char*[]){"./interp", "./plain", NULL});
  if (truth_fork() == 0) exec_script("./argument", (char*[]){"./interp", "one argument", "./argument", NULL});
  if (truth_fork() == 0) {
    exec_script("./nested", (char*[]){"./interp", "one argument", "./argument", "two", "./nested", NULL});
  }
  if (truth_fork() == 0) exec_script("./a b;c|d", (char*[]){"./interp", "./plain", "./a b;c|d", NULL});
  truth_reap();
  truth_exit(0);
}
