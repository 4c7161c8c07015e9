#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
# One would guess: openat2() with RESOLVE_CACHED fails with EAGAIN only where some component of the path isn't cached, so that
#   what has just been looked up by an ordinary open can be opened so.
# What happens: a walk without waiting may not write a symbolic link's access time. Under `relatime`, the kernel's default, that of a
#   new link is due from the next clock tick on, so RESOLVE_CACHED through it fails although all of it is cached, and goes on
#   failing until an ordinary walk has set that time. Within the tick of its birth it works, and so does a mount with `noatime`: a
#   test that is quick, or runs elsewhere, sees nothing. A tracer that opens what was just executed through a new link meets it.
# Version: Linux 5.12 and later (pick_link() in fs/namei.c: atime_needs_update(), then try_to_unlazy()).
# Output seen (6.18):
#   relatime: the file yes, a link some ticks old EAGAIN, after an ordinary open yes
#   noatime: the file yes, a link some ticks old yes, after an ordinary open yes
set -euo pipefail
dir=$(mktemp -d)
# In a mount namespace of its own: the file systems go with it. Takes root.
exec unshare --mount --propagation private -- python3 - "$dir" <<'PYTHON'
import ctypes, errno, os, shutil, struct, subprocess, sys, time

libc, folder = ctypes.CDLL(None, use_errno=True), sys.argv[1]
OPENAT2, RESOLVE_CACHED = 437, 0x20


def opened(path):
    how = struct.pack("QQQ", os.O_RDONLY, 0, RESOLVE_CACHED)
    fd = libc.syscall(OPENAT2, -100, path.encode(), how, len(how))
    if fd < 0:
        return errno.errorcode[ctypes.get_errno()]
    os.close(fd)
    return "yes"


def walk(path):
    with open(path, "rb"):
        pass


right = True
for option, expected in (("relatime", ["yes", "EAGAIN", "yes"]), ("noatime", ["yes", "yes", "yes"])):
    subprocess.run(["mount", "-t", "tmpfs", "-o", option, "tmpfs", folder], check=True)
    file, link = folder + "/file", folder + "/link"
    with open(file, "wb"):
        pass
    os.symlink(file, link)
    walk(file)
    time.sleep(0.05)
    seen = [opened(file), opened(link)]
    walk(link)
    seen.append(opened(link))
    print(f"{option}: the file {seen[0]}, a link some ticks old {seen[1]}, after an ordinary open {seen[2]}")
    right &= seen == expected
    subprocess.run(["umount", folder], check=True)
shutil.rmtree(folder)
sys.exit(not right)
PYTHON
