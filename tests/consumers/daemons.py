#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
"""daemons.py REPOSITORY: what log daemons make of long lines by default, and with the recipe that the table "Log daemons" of
docs/consumers.md gives for each: then every line arrives as it was written. rsyslog is Debian's; syslog-ng, whose package
Debian doesn't install beside it, is tried where it is found; journald runs in a mount namespace of its own, as root. What
could not be run is named."""
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time

SIZES = (100, 8_000, 40_000, 60_000, 100_000)
page = (pathlib.Path(sys.argv[1]) / "docs/consumers.md").read_text()
recipes = dict(re.findall(r"^\| (\S+) \|[^|]*\| `([^`]*)`", page, re.M))

RSYSLOG = """{recipe}
global(workDirectory="{folder}")
module(load="imfile")
input(type="imfile" file="{folder}/audit.jsonl" tag="proctree")
template(name="line" type="string" string="%msg%\\n")
action(type="omfile" file="{folder}/theirs" template="line")
"""
SYSLOG_NG = """@version: 3.38
{recipe}
source s {{ file("{folder}/audit.jsonl" flags(no-parse) follow-freq(0.2)); }};
destination d {{ file("{folder}/theirs" template("$MSG\\n")); }};
log {{ source(s); destination(d); }};
"""
JOURNALD = """set -e
mount -t tmpfs run /run; mount -t tmpfs etc /etc/systemd
mkdir -p /run/systemd/journal /run/log/journal
printf '[Journal]\\nStorage=volatile\\n{recipe}\\n' >/etc/systemd/journald.conf
/usr/lib/systemd/systemd-journald & daemon=$!
for i in $(seq 100); do if [ -S /run/systemd/journal/stdout ]; then break; fi; sleep 0.1; done
systemd-cat -t proctree cat {folder}/audit.jsonl
journalctl --sync 2>/dev/null || sleep 3
journalctl -D /run/log/journal -t proctree -o cat >{folder}/theirs
kill $daemon
"""


def settled(path, wanted, quiet=20):
    """Its lines, once they are the wanted ones or nothing has come for `quiet` tenths of a second."""
    size, still, until = -1, 0, time.monotonic() + 60
    while still < quiet and time.monotonic() < until:
        time.sleep(0.1)
        last, size = size, path.stat().st_size if path.exists() else 0
        still = still + 1 if size == last and size else 0
        if size == sum(map(len, wanted)):
            break
    return path.read_bytes().splitlines(True) if path.exists() else []


def patience(recipe):
    """With its recipe all must come, however long a busy host takes; without it a part is the result."""
    return 300 if recipe else 20


def follow(folder, wanted, recipe, *command):
    daemon = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        return settled(folder / "theirs", wanted, patience(recipe))
    finally:
        daemon.send_signal(signal.SIGTERM)
        daemon.wait(120)


def rsyslog(folder, recipe, wanted):
    (folder / "conf").write_text(RSYSLOG.format(folder=folder, recipe=recipe))
    return follow(folder, wanted, recipe, find("rsyslogd"), "-n", "-f", folder / "conf", "-i", folder / "pid")


def syslog_ng(folder, recipe, wanted):
    (folder / "conf").write_text(SYSLOG_NG.format(folder=folder, recipe=recipe))
    return follow(folder, wanted, recipe, find("syslog-ng"), "-F", "-f", folder / "conf", "-R", folder / "persist", "-p", folder / "pid",
                  "-c", folder / "control")


def journald(folder, recipe, wanted):
    subprocess.run(["unshare", "--mount", "bash", "-c", JOURNALD.format(folder=folder, recipe=recipe)], check=True, timeout=120,
                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return settled(folder / "theirs", wanted, patience(recipe))


def find(program):
    return shutil.which(program, path=os.environ["PATH"] + ":/usr/sbin:/usr/lib/systemd")


def can_run(name):
    if name == "journald":
        return find("systemd-journald") and find("systemd-cat") and \
            subprocess.run(["unshare", "--mount", "true"], stderr=subprocess.DEVNULL, check=False).returncode == 0
    return find({"rsyslog": "rsyslogd"}.get(name, name))


failed = count = 0
for name, run in (("rsyslog", rsyslog), ("syslog-ng", syslog_ng), ("journald", journald)):
    if name not in recipes:
        sys.exit(f"docs/consumers.md has no recipe for {name}")
    if not can_run(name):
        print(f"NOT RUN, no {name} here: {recipes[name]}")
        continue
    for recipe in ("", recipes[name]):
        with tempfile.TemporaryDirectory(prefix="proctree-daemons-") as made:
            folder = pathlib.Path(made)
            folder.chmod(0o755)
            lines = [json.dumps({"args": ["x" * size]}).encode() + b"\n" for size in SIZES]
            (folder / "audit.jsonl").write_bytes(b"".join(lines))
            found = run(folder, recipe, lines)
        count += 1
        whole = found == lines
        print(f"{name}, {recipe or 'by default'}: lines of {[len(line) - 1 for line in lines]} arrive as {[len(line) - 1 for line in found]}")
        if whole != bool(recipe):
            failed += 1
            print(f"FAILED: {name} {'does not keep' if recipe else 'keeps'} them {'with ' + recipe if recipe else 'without its recipe'}")
sys.exit(1 if failed or count == 0 else 0)
