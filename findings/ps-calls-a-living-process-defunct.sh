#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
# One would guess: a process that ps shows as <defunct>, state Z, has ended, and waits for nothing but its parent.
# What happens: where the first thread has ended (pthread_exit in main, a runtime that gives its first thread up) and others
#   run on, the kernel shows the whole process with that thread's state: Z, no command line, no executable. ps says <defunct>,
#   `pgrep -f` can't find it by its arguments, and it runs and holds its sockets. Its other threads know all of it:
#   /proc/PID/task/TID has the state, cmdline and exe.
# Version: procps 2:4.0.2-3 with libproc2-0 (Debian 12); Linux 6.18 here.
# Output seen:
#   ps: Zl   [python3] <defunct>
#   pgrep -f finds it by its argument: no
#   its living thread: State: S (sleeping), arguments: python3 headless.py some-argument
set -euo pipefail
dir=$(mktemp -d)
trap '[[ -z ${pid-} ]] || kill "$pid"; rm -rf "$dir"' EXIT
cd "$dir"
apt-get -q -o APT::Sandbox::User=root download procps=2:4.0.2-3 libproc2-0=2:4.0.2-3 >/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" root; done
export LD_LIBRARY_PATH
LD_LIBRARY_PATH=$(dirname "$(find "$dir/root" -name 'libproc2.so.0')")

cat >headless.py <<'P'
import ctypes, threading, time
threading.Thread(target=time.sleep, args=(20,)).start()
ctypes.CDLL(None).syscall(60)  # exit(2), of this thread alone (x86-64's number)
P
python3 headless.py some-argument &
pid=$!
until grep -q '^State:.*Z' "/proc/$pid/status"; do sleep 0.05; done
shown=$("$dir/root/bin/ps" -o stat=,args= -p "$pid")
found=no
if "$dir/root/usr/bin/pgrep" -f headless.py.some-argument | grep -x "$pid" >/dev/null; then found=yes; fi
for thread in "/proc/$pid/task"/*; do [[ $thread == */$pid ]] || alive=$thread; done
state=$(sed -n 's/^State:\t//p' "$alive/status")
arguments=$(tr '\0' ' ' <"$alive/cmdline")
printf 'ps: %s\npgrep -f finds it by its argument: %s\nits living thread: State: %s, arguments: %s\n' "$shown" "$found" "$state" "$arguments"
[[ $shown == *defunct* && $found == no && $state != Z* && $arguments == *some-argument* ]]
