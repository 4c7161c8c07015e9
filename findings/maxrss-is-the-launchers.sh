#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
# One would guess: ru_maxrss of wait4(2), which `time -f %M` prints, says how much memory a command took.
# What happens: the kernel keeps one maximum for the life of a process, and execve(2) adds to it what the process held
#   *before*. A child that a large program forked, or started by vfork or posix_spawn, is charged with the large program's
#   memory: /bin/true "takes" 200 MB. Started by a small program the same command takes 2 MB.
# Version: time 1.9-0.2 (Debian 12); Linux 6.18 here. fs/exec.c, exec_mmap() calls setmax_mm_hiwater_rss() with the old memory.
# Output seen:
#   /bin/true started by a program of 200 MB: 211488 KB
#   /bin/true started by a shell: 1408 KB
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
apt-get -q -o APT::Sandbox::User=root download time=1.9-0.2 >/dev/null
dpkg-deb -x time_*.deb root
time=$dir/root/usr/bin/time

large=$(python3 - <<'P'
import os
block = bytearray(200 << 20)
for i in range(0, len(block), 4096): block[i] = 1
child = os.fork()
if child == 0: os.execv("/bin/true", ["true"])
_, _, usage = os.wait4(child, 0)
print(usage.ru_maxrss)
P
)
small=$("$time" -f %M /bin/true 2>&1)
printf '/bin/true started by a program of 200 MB: %s KB\n/bin/true started by a shell: %s KB\n' "$large" "$small"
((large > 150000 && small < 50000))
