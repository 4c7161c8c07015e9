// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// clone3, as fork and with the flags that new programs use.
#include "truth.h"

int main(int argc, char** argv) {
  char leaf[4096];
  truth_begin(argc, argv);
  truth_beside(leaf, "leaf");
  if (truth_clone3(0, "clone3") == 0) truth_exit(33);
  if (truth_clone3(0, "clone3") == 0) truth_execv(leaf, (char*[]){"parent", NULL});
  if (truth_clone3(CLONE_CLEAR_SIGHAND, "clone3") == 0) truth_execv(leaf, (char*[]){"parent", NULL});
  if (truth_clone3(CLONE_FILES | CLONE_FS, "clone3") == 0) truth_exit(34);
  truth_reap();
  truth_exit(0);
}
