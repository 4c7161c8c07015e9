#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
"""Every launcher that this host has, run for real, and what `entry` says of what it started.

usage: scenarios.py PROCTREE [NAME…]

Each scenario has its launcher start `sleep NUMBER`, a number of its own, by which the process is known in the
trace. The question is asked three times: of the live line, of /proc while it runs (proctree why), and of the
recording, once all has ended (proctree replay). A row whose package is missing is skipped, which isn't passed.
Takes root. Everything listens on loopback, and is stopped by its pid.
"""

import contextlib
import json
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

PATIENCE_S = 30
proctree = os.path.realpath(sys.argv[1])
folder = pathlib.Path(tempfile.mkdtemp(prefix="proctree-entry-"))
started: list[subprocess.Popen] = []
scenarios = {}


class Skip(Exception):
    pass


def scenario(function):
    scenarios[function.__name__] = function
    return function


def need(*paths):
    for path in paths:
        if not shutil.which(path, path="/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"):
            raise Skip(f"{path} is missing")


def start(*command, **options):
    options.setdefault("stdin", subprocess.DEVNULL)
    options.setdefault("stdout", subprocess.DEVNULL)
    options.setdefault("stderr", subprocess.DEVNULL)
    process = subprocess.Popen([str(word) for word in command], start_new_session=True, **options)
    started.append(process)
    return process


def stop(process):
    """The whole session that it began; none but what this test started has its pid as its session."""
    for entry in pathlib.Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            fields = (entry / "stat").read_text().rsplit(")", 1)[1].split()
        except OSError:
            continue
        if int(fields[3]) == process.pid:
            try:
                os.kill(int(entry.name), signal.SIGKILL)
            except OSError:
                pass
    process.wait()


def kill_what_left_its_session(lines):
    """A supervisor's service has a session of its own. It is the same process where it began at the same tick."""
    for line in lines:
        if line["type"] != "exec" or line["comm"] != "sleep":
            continue
        try:
            fields = pathlib.Path(f"/proc/{line['pid']}/stat").read_text().rsplit(")", 1)[1].split()
            if int(fields[19]) == line["start_ns"] // 10_000_000 and line["args"][1:2] and line["args"][1] in numbers:
                os.kill(line["pid"], signal.SIGKILL)
        except OSError:
            pass


def free_port():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return taken.getsockname()[1]


def connect(port):
    deadline = time.monotonic() + PATIENCE_S
    while True:
        try:
            return socket.create_connection(("127.0.0.1", port), timeout=1)
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)


def write(name, text, mode=0o644):
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(mode)
    return path


class Trace:
    def __init__(self):
        self.path = folder / "trace.jsonl"
        self.process = start(proctree, "trace", "--format", "jsonl", "--output", self.path, "--as-root",
                             stderr=subprocess.PIPE)
        assert b"tracing" in self.process.stderr.readline()
        self.file = open(self.path, "rb")
        self.unfinished = b""
        self.lines = []

    def read(self):
        """Takes the whole lines that have come. A reader of a growing file may meet the head of a line only."""
        *whole, self.unfinished = (self.unfinished + self.file.read()).split(b"\n")
        self.lines += [json.loads(line) for line in whole]

    def find(self, number):
        """The line of the process that executed `sleep NUMBER`."""
        deadline = time.monotonic() + (PATIENCE_S if number not in slow else 90)
        seen = 0
        while time.monotonic() < deadline:
            self.read()
            for line in self.lines[seen:]:
                if line["type"] == "exec" and str(number) in line.get("args", []) and line["comm"] == "sleep":
                    return line
            seen = len(self.lines)
            time.sleep(0.05)
        raise AssertionError(f"sleep {number} was never executed")

    def end(self):
        self.process.send_signal(signal.SIGINT)
        self.process.wait()
        self.read()
        return self.lines


slow = set()


def sshd_config():
    key = folder / "host_key"
    if not key.exists():
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key], check=True)
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", folder / "user_key"], check=True)
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", folder / "forced_key"], check=True)
        public = (folder / "user_key.pub").read_text()
        forced = 'command="sleep 77.07" ' + (folder / "forced_key.pub").read_text()
        write("authorized_keys", public + forced, 0o600)
        pathlib.Path("/run/sshd").mkdir(exist_ok=True)
    return write("sshd_config", f"""HostKey {key}
AuthorizedKeysFile {folder}/authorized_keys
StrictModes no
PermitRootLogin yes
UsePAM no
PidFile none
Subsystem sftp /usr/lib/openssh/sftp-server
""")


def ssh(port, *command, key="user_key", options=()):
    return ["ssh", "-p", port, "-i", folder / key, "-o", "IdentitiesOnly=yes", "-o", "StrictHostKeyChecking=no",
            "-o", f"UserKnownHostsFile={folder}/known", "-o", "BatchMode=yes", "-F", "none", *options,
            "root@127.0.0.1", *command]


def sshd():
    need("sshd", "ssh")
    config = sshd_config()
    if not hasattr(sshd, "port"):
        sshd.port = free_port()
        start("/usr/sbin/sshd", "-D", "-f", config, "-p", sshd.port, "-o", "ListenAddress=127.0.0.1")
        connect(sshd.port).close()
    return sshd.port


FROM_HERE = {"type": "ssh", "source_ip": "127.0.0.1", "user": "root"}


@scenario
def ssh_command(number):
    start(*ssh(sshd(), f"sleep {number}"))
    return FROM_HERE


@scenario
def ssh_terminal(number):
    start(*ssh(sshd(), f"sleep {number}", options=["-tt"]))
    return FROM_HERE | {"tty": "pts/*"}


@scenario
def ssh_shared_connection(number):
    port = sshd()
    master = ["-M", "-S", folder / "control", "-N"]
    start(*ssh(port, options=master))
    deadline = time.monotonic() + PATIENCE_S
    while not (folder / "control").exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    start(*ssh(port, f"sleep {number}", options=["-S", folder / "control"]))
    return FROM_HERE


@scenario
def ssh_forced_command(number):
    port = sshd()
    keys = folder / "authorized_keys"
    write("authorized_keys", keys.read_text().replace("sleep 77.07", f"sleep {number}"), 0o600)
    start(*ssh(port, key="forced_key"))
    return FROM_HERE


@scenario
def ssh_by_inetd(number):
    need("sshd", "ssh", "socat")
    port = free_port()
    start("socat", f"TCP-LISTEN:{port},bind=127.0.0.1,fork,reuseaddr",
          f"EXEC:/usr/sbin/sshd -i -f {sshd_config()},nofork")
    # It may not listen yet.
    start(*ssh(port, f"sleep {number}", options=["-o", f"ConnectionAttempts={PATIENCE_S}"]))
    return FROM_HERE


@scenario
def ssh_orphan(number):
    start(*ssh(sshd(), f"setsid sleep {number} </dev/null >/dev/null 2>&1 &"))
    return FROM_HERE | {"orphan": True}


@scenario
def ssh_su_terminal(number):
    need("su")
    start(*ssh(sshd(), f"su -P root -c 'sleep {number}'", options=["-tt"]))
    return FROM_HERE


@scenario
def ssh_sudo_terminal(number):
    need("sudo")
    start(*ssh(sshd(), f"sudo -n sleep {number}", options=["-tt"]))
    return FROM_HERE


@scenario
def tmux(number):
    need("tmux")
    start("tmux", "-L", f"entry{os.getpid()}", "-f", "/dev/null", "new-session", "-d", "sleep 1000", ";",
          "new-window", "-d", f"sleep {number}")
    return {"type": "terminal", "server": "tmux: server"}


@scenario
def tmux_window_of_another_client(number):
    need("tmux")
    start("tmux", "-L", f"entry{os.getpid()}", "-f", "/dev/null", "new-session", "-A", "-d", "sleep 1000").wait()
    start("tmux", "-L", f"entry{os.getpid()}", "new-window", "-d", f"sleep {number}")
    return {"type": "terminal", "server": "tmux: server"}


@scenario
def screen(number):
    need("screen")
    (folder / "screen").mkdir(mode=0o700, exist_ok=True)
    start("screen", "-c", "/dev/null", "-D", "-m", "sleep", number,
          env=os.environ | {"SCREENDIR": str(folder / "screen")})
    return {"type": "terminal", "server": "screen"}


@scenario
def script(number):
    need("script")
    start("script", "-qc", f"sleep {number}", "/dev/null")
    return {"type": "terminal", "server": "script"}


@scenario
def cron(number):
    need("cron", "unshare")
    slow.add(number)
    job = write("cron.d/job", f"@reboot root sleep {number}\n* * * * * root sleep {number}\n")
    start("unshare", "-m", "--propagation", "private", "sh", "-c", f"""
mount -t tmpfs none /run && mount -t tmpfs none /var/spool/cron && mkdir /var/spool/cron/crontabs &&
mount -t tmpfs none /etc/cron.d && cp {job} /etc/cron.d/job && mount --bind /dev/null /etc/crontab &&
exec /usr/sbin/cron -f""")
    return {"type": "cron", "job": f"sleep {number}"}


@scenario
def at(number):
    need("atd", "at", "unshare")
    start("unshare", "-m", "--propagation", "private", "sh", "-c", f"""
mount -t tmpfs none /run && mount -t tmpfs none /var/spool/cron && cd /var/spool/cron && mkdir atjobs atspool &&
chown daemon:daemon atjobs atspool && chmod 1770 atjobs atspool &&
touch atjobs/.SEQ && chown daemon:daemon atjobs/.SEQ &&
{{ /usr/sbin/atd -f & sleep 0.5; echo 'sleep {number}' | at now; wait; }}""")
    return {"type": "at"}


@scenario
def socat(number):
    need("socat")
    port = free_port()
    # It adds its variables behind those that it has, which are many in a CI.
    start("socat", f"TCP-LISTEN:{port},bind=127.0.0.1,reuseaddr", f"EXEC:sleep {number}",
          env=os.environ | {f"PADDING_{index}": 1000 * "x" for index in range(8)})
    socat.connection = connect(port)
    return {"type": "socket", "source_ip": "127.0.0.1"}


@scenario
def xinetd(number):
    need("xinetd")
    port = free_port()
    config = write("xinetd.conf", f"""service entry
{{
 type = UNLISTED
 socket_type = stream
 protocol = tcp
 port = {port}
 bind = 127.0.0.1
 wait = no
 user = root
 server = /usr/bin/sleep
 server_args = {number}
}}
""")
    start("xinetd", "-dontfork", "-f", config, "-pidfile", folder / "xinetd.pid")
    xinetd.connection = connect(port)
    return {"type": "socket"}


@scenario
def runit(number):
    need("runsv")
    write("runit/web/run", f"#!/bin/sh\nexec sleep {number}\n", 0o755)
    start("runsv", "web", cwd=folder / "runit")
    return {"type": "supervisor", "service": "web"}


@scenario
def s6(number):
    need("s6-supervise")
    write("s6/db/run", f"#!/bin/sh\nexec sleep {number}\n", 0o755)
    start("s6-supervise", folder / "s6/db")
    return {"type": "supervisor", "service": "db"}


@scenario
def supervisord(number):
    need("supervisord")
    config = write("supervisord.conf", f"""[supervisord]
logfile=/dev/null
logfile_maxbytes=0
pidfile={folder}/supervisord.pid
[program:worker]
command=/usr/bin/sleep {number}
""")
    start("/usr/bin/supervisord", "-n", "-c", config)
    return {"type": "supervisor", "while it runs": None}  # a script's name is in no file of /proc


@scenario
def dbus(number):
    need("dbus-daemon", "dbus-send")
    write("dbus/services/x.service", f"[D-BUS Service]\nName=org.proctree.Entry\nExec=/usr/bin/sleep {number}\n")
    config = write("dbus/bus.conf", f"""<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig><type>session</type><listen>unix:path={folder}/dbus/bus</listen>
<servicedir>{folder}/dbus/services</servicedir>
<policy context="default">
<allow send_destination="*" eavesdrop="true"/><allow eavesdrop="true"/><allow own="*"/></policy>
</busconfig>
""")
    start("dbus-daemon", "--nofork", f"--config-file={config}")
    deadline = time.monotonic() + PATIENCE_S
    while not (folder / "dbus/bus").exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    start("dbus-send", f"--bus=unix:path={folder}/dbus/bus", "--dest=org.proctree.Entry", "/", "org.proctree.Entry.Go")
    return {"type": "dbus"}


def bundle(name, number):
    root = folder / name / "rootfs"
    for part in ("proc", "usr", "dev"):
        (root / part).mkdir(parents=True, exist_ok=True)
    for link in ("bin", "lib", "lib64", "sbin"):
        if not (root / link).is_symlink():
            (root / link).symlink_to("usr/" + link)
    write(f"{name}/config.json", json.dumps({
        "ociVersion": "1.0.2",
        "process": {"terminal": False, "user": {"uid": 0, "gid": 0}, "args": ["/usr/bin/sleep", str(number)],
                    "env": ["PATH=/usr/bin"], "cwd": "/"},
        "root": {"path": "rootfs", "readonly": True},
        "mounts": [{"destination": "/proc", "type": "proc", "source": "proc"},
                   {"destination": "/usr", "type": "bind", "source": "/usr", "options": ["rbind", "ro"]}],
        "linux": {"namespaces": [{"type": kind} for kind in ("pid", "mount", "ipc", "uts")]}}))
    return folder / name


def container(runtime, name, number):
    need(runtime)
    options = ["--cgroup-manager", "disabled"] if runtime == "crun" else []
    command = [runtime, "--root", folder / f"{runtime}-state", *options]
    log = folder / f"{name}.log"
    process = start(*command, "run", "--bundle", bundle(name, number), name, stderr=open(log, "w"))
    containers.append([*command, "delete", "--force", name])
    deadline = time.monotonic() + PATIENCE_S
    while process.poll() is None and time.monotonic() < deadline:
        state = subprocess.run([str(word) for word in (*command, "state", name)], capture_output=True, text=True, check=False)
        if state.returncode == 0 and json.loads(state.stdout)["status"] == "running":
            return command
        time.sleep(0.05)
    raise Skip(f"{runtime} doesn't run here: {log.read_text().strip()[-200:]}")


containers = []


@scenario
def crun(number):
    container("crun", f"entry-crun-{os.getpid()}", number)
    return {"type": "container"}


@scenario
def runc(number):
    container("runc", f"entry-runc-{os.getpid()}", number)
    return {"type": "container"}


@scenario
def runc_exec(number):
    name = f"entry-exec-{os.getpid()}"
    start(*container("runc", name, 1000), "exec", name, "/usr/bin/sleep", number)
    return {"type": "container", "into": True}


@scenario
def core_handler(number):
    pattern = pathlib.Path("/proc/sys/kernel/core_pattern")
    before = pattern.read_text()
    try:
        pattern.write_text(f"|/usr/bin/sleep {number} 0%P")
    except OSError as error:
        raise Skip(f"core_pattern can't be set: {error}") from error
    try:
        crashed = start("sh", "-c", "ulimit -c unlimited; kill -SEGV $$")
        trace.find(number)
    finally:
        pattern.write_text(before)
    return {"type": "kernel", "crashed_pid": crashed.pid, "while it runs": None}


@scenario
def init_script(number):
    path = pathlib.Path(f"/etc/init.d/proctree-entry-{os.getpid()}")
    if not path.parent.is_dir():
        raise Skip("there is no /etc/init.d")
    path.write_text(f"#!/bin/sh\nsleep {number} &\nwait\n")
    path.chmod(0o755)
    try:
        start(path, "start")
        trace.find(number)
    finally:
        path.unlink()
    return {"type": "supervisor", "service": path.name, "while it runs": None}


@scenario
def forged_name(number):
    """A program called as a launcher, below a terminal."""
    need("script")
    (folder / "forged").mkdir(exist_ok=True)
    shutil.copy("/bin/sh", folder / "forged/sshd")
    start("script", "-qc", f"{folder}/forged/sshd -c '/usr/bin/sleep {number}; :'", "/dev/null")
    return {"type": "terminal", "server": "script"}


@scenario
def forged_mount(number):
    """One bound over the real path of cron, in a mount namespace of its own."""
    need("script", "unshare", "cron")
    shutil.copy("/bin/sh", folder / "forged-cron")
    start("script", "-qc", "unshare -m --propagation private sh -c "
          f"\"mount --bind {folder}/forged-cron /usr/sbin/cron && "
          f"/usr/sbin/cron -c '/usr/bin/sleep {number}; :'\"", "/dev/null")
    return {"type": "terminal", "server": "script"}


def differs(entry, wanted):
    for name, value in wanted.items():
        if name in ("while it runs", "orphan"):
            continue
        there = entry.get(name)
        if name == "server":
            there = (there or {}).get("comm")
        if isinstance(value, str) and value.endswith("*"):
            if not str(there).startswith(value[:-1]):
                return f"{name} is {there!r}, not {value!r}"
        elif there != value:
            return f"{name} is {there!r}, not {value!r}"
    return ""


def why(pid):
    answer = subprocess.run([proctree, "why", str(pid), "--format", "json"], capture_output=True, text=True)
    return json.loads(answer.stdout)[0]["entry"] if answer.returncode == 0 else None


def run(name, number):
    wanted = scenarios[name](number)
    line = trace.find(number)
    wrong = differs(line.get("entry", {}), wanted)
    if wrong:
        return f"live: {wrong}: {json.dumps(line.get('entry'))}"
    running = why(line["pid"])
    if running is None:
        return "it had ended before it was asked about"
    # /proc knows neither an orphan's creator nor a script's name: then nothing, or what is above, never another row.
    if "while it runs" not in wanted and not wanted.get("orphan"):
        unlike = differs(running, {"type": wanted["type"]})
        if unlike and running["type"] != "unknown":
            return f"why: {unlike}: {json.dumps(running)}"
    asked[number] = (name, line, wanted)
    with contextlib.suppress(ProcessLookupError):
        os.kill(line["pid"], signal.SIGKILL)
    return ""


trace = Trace()
asked = {}
numbers = {"1000"}
passed = failed = skipped = 0
try:
    names = sys.argv[2:] or list(scenarios)
    for index, name in enumerate(names):
        try:
            number = round(77.001 + index / 1000, 3)
            numbers.add(str(number))
            wrong = run(name, number)
        except Skip as reason:
            skipped += 1
            print(f"skipped {name}: {reason}", flush=True)
            continue
        except AssertionError as error:
            wrong = str(error)
        failed += bool(wrong)
        print(f"FAILED {name}: {wrong}" if wrong else f"ok {name}", flush=True)
finally:
    for command in containers:
        subprocess.run([str(word) for word in command], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                       check=False)
    for process in reversed(started):
        if process is not trace.process:
            stop(process)
    kill_what_left_its_session(trace.end())
    subprocess.run(["tmux", "-L", f"entry{os.getpid()}", "kill-server"], stderr=subprocess.DEVNULL, check=False)

# The recording says the same.
def replay(*options):
    return subprocess.run([proctree, "replay", "--format", "jsonl", *options, trace.path],
                          capture_output=True, text=True, check=True)


replayed = replay()
lines = {(line["stream"], line["seq"]): line for line in map(json.loads, replayed.stdout.splitlines())}
for number, (name, line, wanted) in asked.items():
    if lines.get((line["stream"], line["seq"])) != line:
        failed += 1
        print(f"FAILED {name}: the replay says something else")
    else:
        passed += 1
by_type = replay("--events", "exec", "--entry", "terminal")
if any(json.loads(line).get("entry", {}).get("type") != "terminal" for line in by_type.stdout.splitlines()
       if json.loads(line)["type"] == "exec"):
    failed += 1
    print("FAILED replay --entry terminal: it lets others through")
shutil.rmtree(folder, ignore_errors=True)
print(f"{passed} passed, {failed} failed, {skipped} skipped")
sys.exit(1 if failed or not passed else 0)
