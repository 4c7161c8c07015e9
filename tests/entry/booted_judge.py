#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
"""booted_judge.py KIND PROCTREE RESULTS, or KIND --numbers: of what the guest of tests/entry/booted wrote into RESULTS, a
row for each scenario of KIND (machine or containers): what `entry` must be, and whether the live line, `why` while it ran,
the snapshot of a tracer that began last, and the replay say so. Each scenario's process is `/bin/sleep NUMBER`. Exit
status 1: one doesn't."""
import json
import os
import re
import subprocess
import sys

ALICE = {"user": "alice"}
USERS = {"type": "service", "unit": "user@1000.service"}
SSH = {"type": "ssh", "source_ip": "127.0.0.1", "source_port": int} | ALICE
UNKNOWN = {"type": "unknown"}


def unit(name, **more):
    return {"type": "service", "unit": name, "user_unit": None, "user": "root"} | more


HEX = re.compile(r"[0-9a-f]{64}")


def container(runtime, name=HEX, **more):
    return {"type": "container", "container": {"runtime": runtime, "id": name}, "into": None, "user": "root"} | more


def script(name):
    return {"type": "supervisor", "service": name, "user": "root"}


INTO = {"into": True}
ANY = {"type": "container", "into": None}
# What a script left behind when it had ended: an orphan of the unit that all this began in, or, since OpenRC 0.56, in a
# cgroup of its own.
LEFT = unit("booted.service")
LEFT_BY_OPENRC = {"type": re.compile("service|unknown")}

# Number: name, entry, and what /proc shows of it where that is less: who created a child of pid 1 is in no file there.
MACHINE = {
    9001: ("service, started before the trace", unit("before.service"), None),
    9002: ("orphan of a service, before the trace", unit("before-orphan.service"), None),
    9003: ("service, Type=oneshot", unit("oneshot.service"), None),
    9004: ("service, Type=simple", unit("simple.service"), None),
    9005: ("service, Type=forking", unit("forking.service"), None),
    9006: ("service started by a timer", unit("timed.service"), None),
    9007: ("socket, Accept=yes, TCP", {"type": "socket", "source_ip": "127.0.0.1", "source_port": int, "user": "root"}, None),
    9008: ("socket, Accept=yes, unix", {"type": "socket", "source_ip": None, "user": "root"}, None),
    9009: ("socket, Accept=no", unit("listening.service"), None),
    9010: ("ExecStartPre= of a socket", unit("preparing.socket"), UNKNOWN),
    9014: ("service, DynamicUser= in namespaces of its own", unit("confined.service", user=str), None),
    9036: ("service, PrivatePIDs=", unit("pids.service"), None),
    # PAM has put it into a session's scope before it was executed: no fact is left that says which unit's it is.
    9035: ("service, PAMName=login", {"type": "init"} | ALICE, UNKNOWN),
    9011: ("systemd-run", unit(re.compile(r"run-.*\.service")), None),
    9012: ("systemd-run --scope", unit("booted.service"), None),
    9013: ("systemd-run --pty", unit(re.compile(r"run-.*\.service")), None),
    9031: ("su in a service", unit("booted.service"), None),
    9029: ("orphan of a service", unit("booted.service"), None),
    9030: ("orphan in a scope", unit("booted.service"), UNKNOWN),
    9032: ("generator's child", {"type": "init"}, UNKNOWN),
    9015: ("user's service", USERS | {"user_unit": "app.service"} | ALICE, None),
    9017: ("user's service, Type=forking", USERS | {"user_unit": "app-orphan.service"} | ALICE, None),
    9033: ("user's service, started by a timer", USERS | {"user_unit": "timed.service"} | ALICE, None),
    9034: ("user's socket, Accept=yes, TCP", {"type": "socket", "source_ip": "127.0.0.1", "source_port": int} | ALICE, None),
    9016: ("systemd-run --user", USERS | {"user_unit": re.compile(r"run-.*\.service")} | ALICE, None),
    9018: ("user's bus, activated", {"type": "dbus"} | ALICE, None),
    9019: ("system's bus, SystemdService=", unit("bus.service"), None),
    # The helper, whose argument was the name, has become it.
    9020: ("system's bus, by its helper", {"type": "dbus", "bus_name": "org.proctree.Direct", "user": "root"}, {"type": "dbus"}),
    9021: ("cron, @reboot", {"type": "cron", "job": "/bin/sleep 9021"} | ALICE, None),
    9022: ("ssh, a command", SSH, None),
    9023: ("ssh, a terminal", SSH | {"tty": re.compile(r"pts/\d+")}, None),
    9024: ("ssh, systemd-run --user --scope", SSH, None),
    9025: ("ssh, orphan", SSH, UNKNOWN),
    9026: ("login on ttyS2", {"type": "login", "tty": "ttyS2"} | ALICE, None),
    9027: ("login on tty1", {"type": "login", "tty": "tty1", "user": "root"}, None),
    9028: ("login on ttyS2, orphan", {"type": "login", "tty": "ttyS2"} | ALICE, UNKNOWN),
}

CONTAINERS = {
    9101: ("podman run, cgroups by file", container("podman"), None),
    9102: ("podman run", container("podman"), None),
    9103: ("podman exec", container("podman") | INTO, None),
    9104: ("podman run -t", container("podman"), None),
    9105: ("podman run --pod, cgroups by file", container("podman"), None),
    9106: ("podman run --pod", container("podman"), None),
    9107: ("podman run, without root", container("podman") | ALICE, None),
    9108: ("podman exec, without root", container("podman") | ALICE | INTO, None),
    # Its cgroup names no runtime, and before crun 1.21 no id, which the runtime's arguments say then.
    9109: ("podman run, without root, cgroups by file", ANY | {"container": {"id": HEX}} | ALICE, ANY | ALICE),
    9110: ("podman run --cgroups=split, in a unit", container("podman"), None),
    9111: ("orphan in a container of podman's", container("podman"), None),
    9112: ("podman run, by runc", container("podman"), None),
    # In its monitor's pid namespace the monitor may have adopted any.
    9113: ("podman run --pid=host", container("podman"), UNKNOWN),
    9114: ("podman run --cgroups=disabled", container("crun"), container(None, None)),
    9115: ("podman run --init", container("podman"), None),
    9130: ("docker run", container("docker"), None),
    9131: ("docker exec", container("docker") | INTO, None),
    9132: ("docker build", container("docker"), None),
    9133: ("docker build, by BuildKit", container("buildkit", re.compile("[0-9a-z]{25}")), None),
    9134: ("docker run --init", container("docker"), None),
    9135: ("docker run -t", container("docker"), None),
    9136: ("docker run --pid=host", container("docker"), UNKNOWN),
    9137: ("docker, a health check", container("docker") | INTO, None),
    9140: ("ctr run --rootfs", container("runc", "box9140"), container(None, None)),
    9141: ("ctr task exec", container(None, None) | INTO, None),
    9142: ("ctr run of an image", container("runc", "box9142"), container(None, None)),
    9143: ("ctr run --runc-systemd-cgroup", container("runc", "box9143"), container(None, None)),
    9120: ("systemd-nspawn", container("nspawn", "box9120"), None),
    9121: ("systemd-nspawn --keep-unit, in a unit", container(None, None), None),
    9122: ("machinectl start, its init's child", container("nspawn", "box9122"), None),
    9123: ("systemd-nspawn --as-pid2", container("nspawn", "box9123"), None),
    9124: ("systemd-nspawn --private-users", container("nspawn", "box9124", user=str), None),
    9150: ("lxc-execute", container("lxc", "box9150"), None),
    9151: ("lxc-start", container("lxc", "box9151"), None),
    # It runs from memory: /proc doesn't show what it is.
    9152: ("lxc-attach", container("lxc", "box9151") | INTO, {"type": "terminal"}),
    9153: ("lxc-start -F, in a unit", container("lxc", "box9153"), None),
    # LXD's in bookworm, Incus's in trixie; what is root in one of theirs has no name on the host.
    9170: ("lxc launch, its init's child", container("lxc", "box9170", user=str), None),
    9171: ("lxc exec", container("lxc", "box9170", user=str) | INTO, None),
    9172: ("lxc exec -t", container("lxc", "box9170", user=str) | INTO, None),
    # /proc shows a child of the container's init.
    9173: ("lxc exec, orphan", container("lxc", "box9170", user=str) | INTO, container("lxc", "box9170", user=str)),
    9174: ("lxc launch, security.privileged", container("lxc", "box9174"), None),
    9175: ("lxc launch, in a project", container("lxc", "shop_box9175", user=str), None),
    9037: ("greetd", {"type": "login", "tty": "tty7"} | ALICE, None),
    9160: ("openrc-run", script("rc9160"), LEFT_BY_OPENRC),
    9161: ("supervise-daemon", script("rc9161"), None),
    9162: ("rc-service", script("rc9162"), LEFT_BY_OPENRC),
    9165: ("/etc/init.d/NAME start", script("sysv9165"), LEFT),
    9166: ("service NAME start, below systemd", unit("sysv9166.service"), None),
    9167: ("service NAME start, without systemd", script("sysv9167"), LEFT),
}

KINDS = {"machine": MACHINE, "containers": CONTAINERS}


def is_as(value, wanted):
    if isinstance(wanted, re.Pattern):
        return isinstance(value, str) and bool(wanted.fullmatch(value))
    if isinstance(wanted, dict):
        return all(is_as((value or {}).get(name), part) for name, part in wanted.items())
    return isinstance(value, wanted) if isinstance(wanted, type) else value == wanted


def asked_by(entry):
    """As systemd names a transient unit since 257."""
    named = re.match(r"run-p(\d+)-i", entry.get("user_unit") or entry.get("unit") or "")
    return int(named[1]) if named else None


def differs(entry, wanted):
    if entry is None:
        return "no line"
    wanted = wanted | {"asked_by_pid": asked_by(entry)}
    return "; ".join(f"{name} is {entry.get(name)}" for name, value in wanted.items() if not is_as(entry.get(name), value))


def lines_of(text):
    return [json.loads(line) for line in text.splitlines()]


def find(lines, number):
    """The line that says what the process of this number is: it executes the number's command, or runs already."""
    found = [line for line in lines if line["type"] in ("exec", "process") and line.get("args") == ["/bin/sleep", str(number)]]
    return found[0] if found else None


def read(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


def answer_of_why(results, number):
    path = f"{results}/why.{number}"
    return json.loads(read(path))[0] if os.path.exists(path) and os.path.getsize(path) else None


def judge(number, scenario, lines, late, replayed, results):
    _, wanted, shown = scenario
    shown = shown or wanted
    line, why = find(lines, number), answer_of_why(results, number)
    again = find(late, number)
    wrong = [differs(line and line.get("entry", {}), wanted), differs(why and why.get("entry", {}), shown),
             differs(again and again.get("entry", {}), shown)]
    same = line is not None and replayed.get((line["stream"], line["seq"])) == line
    return wrong + ["" if same else "another line"], why and why.get("sentence")


def said(wanted):
    def word(value):
        if isinstance(value, re.Pattern):
            return re.sub(r"\\d\+|\.\*|\[.*\]\{\d+\}", "…", value.pattern).replace("\\", "").replace("|", " or ")
        return "…" if isinstance(value, type) else str(value)
    flat = wanted.get("container", {}) | wanted
    return " ".join([word(wanted["type"]), *(name if value is True else f"{name}={word(value)}" for name, value in flat.items()
                                       if name not in ("type", "container") and value is not None)])


def main():
    scenarios = KINDS[sys.argv[1]]
    if sys.argv[2] == "--numbers":
        print(*scenarios)
        return 0
    proctree, results = sys.argv[2:]
    lines, late = (lines_of(read(f"{results}/{name}.jsonl")) for name in ("trace", "late"))
    replay = subprocess.run([proctree, "replay", "--format", "jsonl", f"{results}/trace.jsonl"], capture_output=True,
                            text=True, check=True)
    replayed = {(line["stream"], line["seq"]): line for line in lines_of(replay.stdout)}
    failed = 0
    print("| scenario | entry | live | why | snapshot | replay |\n| --- | --- | --- | --- | --- | --- |")
    for number, (name, wanted, shown) in scenarios.items():
        wrong, sentence = judge(number, scenarios[number], lines, late, replayed, results)
        failed += any(wrong)
        cells = [text or "yes" for text in wrong]
        if shown:
            cells[1:3] = [cell.replace("yes", f"yes: {said(shown)}") for cell in cells[1:3]]
        print(f"| {name} | {said(wanted)} | {' | '.join(cells)} |")
        if any(wrong):
            print(f"{name}: {sentence}; live: {json.dumps((find(lines, number) or {}).get('entry'))}", file=sys.stderr)
    print(f"{len(scenarios) - failed} of {len(scenarios)} as they must be", file=sys.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
