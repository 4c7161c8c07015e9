#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
# One would guess: natsMsg_Destroy() frees a message, as other libraries' functions of that kind do; a publisher or a consumer
#   that destroys each message when it is done with it pays a free().
# What happens: libnats hands the message to a thread of its own and wakes that whenever it has run out of messages. A program
#   that destroys them one at a time, with work between, pays two switches of threads for each: a third of the cpu time of a
#   publisher with 100,000 lines. Many destroyed in one go wake it once, or a few times.
# Version: libnats3.4 3.4.1-1 (Debian 12), src/gc.c (natsGC_collect).
# Output seen:
#   one at a time: at least one wake-up for each two messages
#   all in one go: less than one wake-up for each hundred
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
apt-get -q -o APT::Sandbox::User=root download libnats3.4=3.4.1-1+b1 libnats-dev=3.4.1-1+b1 libprotobuf-c1 libsodium23 >/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" root; done
lib=$(dirname "$(find "$dir/root" -name 'libnats.so.3.4*' | head -n 1)")
cat >try.c <<'C'
#include <dirent.h>
#include <nats/nats.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { kCount = 10000 };

/* How often this process's other threads have gone to sleep. */
static long sleeps(void) {
  long sum = 0;
  DIR* tasks = opendir("/proc/self/task");
  for (struct dirent* task; (task = readdir(tasks)) != NULL;) {
    char path[300], line[200];
    if (atoi(task->d_name) == 0 || atoi(task->d_name) == getpid()) continue;
    snprintf(path, sizeof path, "/proc/self/task/%s/status", task->d_name);
    FILE* status = fopen(path, "r");
    while (status != NULL && fgets(line, sizeof line, status) != NULL) {
      if (strncmp(line, "voluntary_ctxt_switches:", 24) == 0) sum += atol(line + 24);
    }
    if (status != NULL) fclose(status);
  }
  closedir(tasks);
  return sum;
}

int main(void) {
  static natsMsg* messages[kCount];
  nats_Open(-1);
  usleep(200000);
  long before = sleeps();
  for (int i = 0; i < kCount; ++i) {
    natsMsg_Create(&messages[0], "subject", NULL, "line", 4);
    natsMsg_Destroy(messages[0]);
    usleep(20);
  }
  usleep(200000);
  const long singly = sleeps() - before;
  for (int i = 0; i < kCount; ++i) natsMsg_Create(&messages[i], "subject", NULL, "line", 4);
  before = sleeps();
  for (int i = 0; i < kCount; ++i) natsMsg_Destroy(messages[i]);
  usleep(200000);
  const long in_one_go = sleeps() - before;
  fprintf(stderr, "%ld and %ld wake-ups for %d messages\n", singly, in_one_go, kCount);
  puts(singly > kCount / 2 ? "one at a time: at least one wake-up for each two messages" : "one at a time: few wake-ups");
  puts(in_one_go < kCount / 100 ? "all in one go: less than one wake-up for each hundred" : "all in one go: many wake-ups");
  return 0;
}
C
gcc -I root/usr/include try.c -o try -L "$lib" -Wl,-rpath,"$lib" -Wl,--allow-shlib-undefined -lnats
shown=$(LD_LIBRARY_PATH=$lib ./try)
printf '%s\n' "$shown"
[[ $shown == $'one at a time: at least one wake-up for each two messages\nall in one go: less than one wake-up for each hundred' ]]
