// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// posix_spawn.
#include "truth.h"

int main(int argc, char** argv) {
  char leaf[4096];
  truth_begin(argc, argv);
  truth_beside(leaf, "leaf");
  for (int i = 0; i < 4; i++) truth_spawn(leaf, (char*[]){"parent", "exit=11", NULL});
  truth_reap();
  truth_exit(0);
}
