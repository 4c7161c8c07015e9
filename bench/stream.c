// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// Goes through so much memory again and again, until its standard input ends: what others had in their caches
// goes, and memory is busy.
//
//   stream MIB
#include <poll.h>
#include <stdlib.h>
#include <unistd.h>

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  const size_t bytes = strtoul(argv[1], NULL, 10) << 20;
  volatile char* memory = malloc(bytes);
  if (memory == NULL) return 1;
  struct pollfd input = {STDIN_FILENO, POLLIN, 0};
  while (poll(&input, 1, 0) == 0)
    for (size_t at = 0; at < bytes; at += 64) memory[at]++;
  return 0;
}
