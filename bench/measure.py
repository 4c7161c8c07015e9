# SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
"""What the benches that trace a storm share: the storm, the kernel's account of BPF time, medians."""

import contextlib
import ctypes
import glob
import json
import os
import pathlib
import re
import shutil
import socket
import statistics
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent


def build(preset, target):
    """Brings a target of a preset up to date, installing what that takes; answers the build folder."""
    subprocess.run(["bash", "-c", 'set -e; "$1/scripts/install-deps" bench; . "$1/scripts/common.sh"; build "$2" "$3"',
                    sys.argv[0], ROOT, preset, target], check=True)
    return ROOT / "build" / preset


def require(packages):
    """The paths of programs, by name, of these packages; ends where one is not installed."""
    paths = {tool: shutil.which(tool) for tool in packages}
    for tool, package in packages.items():
        if paths[tool] is None:
            sys.exit(f"{os.path.basename(sys.argv[0])}: there is no {tool}: apt-get install {package}")
    return paths


def start_trace(program, *arguments, **options):
    """`program trace`, once it traces; standard error is a pipe that has been read up to that."""
    tracer = subprocess.Popen([program, "trace", *arguments], stderr=subprocess.PIPE, text=True, **options)
    said = ""
    while "tracing," not in (line := tracer.stderr.readline()):
        said += line
        if not line:
            sys.exit(f"{os.path.basename(sys.argv[0])}: {program} does not trace: {said.strip()}")
    return tracer


def free_ports(number):
    """Ports of the loopback that nobody listens on."""
    with contextlib.ExitStack() as probes:
        return [probes.enter_context(socket.create_server(("127.0.0.1", 0))).getsockname()[1] for _ in range(number)]


def write_recording(path, arguments):
    """A recording with an exec for each list of arguments."""
    with open(path, "w", encoding="utf-8") as file:
        for seq, args in enumerate(arguments, 1):
            line = {"v": 1, "type": "start" if seq == 1 else "exec", "stream": "00c0ffee00c0ffee-1-4711", "seq": seq,
                    "time": "2026-01-01T00:00:00.000000000Z", "ktime_ns": seq, "pid": 1, "args": args}
            if seq == 1:
                line |= {"host": {"name": "bench"}, "tracer": {}}
            file.write(json.dumps(line, separators=(",", ":")) + "\n")


def run_measured(command, **options):
    """Runs it to its end: its status, seconds, seconds of its cpu and KiB of its memory at the most."""
    begun = time.monotonic()
    child = subprocess.Popen(command, **options)
    _, status, used = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    return child.returncode, time.monotonic() - begun, used.ru_utime + used.ru_stime, used.ru_maxrss


class BpfStatistics:
    """The kernel counts runs and time of BPF programs while this is open: however this program ends, the kernel
    stops counting when the descriptor is gone."""

    SYSCALL = {"x86_64": 321, "aarch64": 280}[os.uname().machine]
    ENABLE_STATS, RUN_TIME = 32, 0

    def __enter__(self):
        attributes = ctypes.create_string_buffer(4)  # type: BPF_STATS_RUN_TIME
        self.fd = ctypes.CDLL(None, use_errno=True).syscall(self.SYSCALL, self.ENABLE_STATS, attributes, 4)
        if self.fd < 0:
            error = ctypes.get_errno()
            raise OSError(error, f"can't have the kernel count BPF time: {os.strerror(error)}")
        return self

    def __exit__(self, *_):
        os.close(self.fd)


def programs_of(pid):
    """The ids of the BPF programs that a process holds."""
    ids = set()
    for path in glob.glob(f"/proc/{pid}/fdinfo/*"):
        try:
            with open(path, encoding="utf-8") as file:
                ids.update(int(found) for found in re.findall(r"^prog_id:\s*(\d+)", file.read(), re.M))
        except FileNotFoundError:
            pass
    return ids


def programs(ids=None):
    """What the kernel tells of these programs now, or of all: name, run_cnt, run_time_ns and more, by id."""
    listed = subprocess.run(["bpftool", "--json", "prog", "show"], check=True, stdout=subprocess.PIPE).stdout
    return {program["id"]: program for program in json.loads(listed) if ids is None or program["id"] in ids}


def ns_a_run(before, after):
    """By name, between two answers of programs()."""
    return {program["name"]: (program.get("run_time_ns", 0) - before[of].get("run_time_ns", 0)) /
            max(1, program.get("run_cnt", 0) - before[of].get("run_cnt", 0)) for of, program in after.items()}


def storm(program, lives, command, depth=0, at_once=2, cwd=None):
    """`at_once` storms of so many lives each; answers the nanoseconds a life took, on average."""
    running = [subprocess.Popen([program, str(lives), str(depth), *command], stdout=subprocess.PIPE, cwd=cwd)
               for _ in range(at_once)]
    taken = [process.communicate()[0] for process in running]
    if any(process.returncode != 0 for process in running):
        sys.exit(f"the storm of {command} failed")
    return statistics.mean(float(ns) for ns in taken)


@contextlib.contextmanager
def crowd(program, count):
    """So many more processes on this host, until after the block."""
    process = subprocess.Popen([program, str(count)], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    try:
        if process.stdout.readline() != b"ready\n":
            sys.exit(f"{sys.argv[0]}: no {count} processes to be had")
        yield
    finally:
        process.stdin.close()
        process.wait()


PRESSURES = ("quiet", "touch", "stream")


@contextlib.contextmanager
def pressure(folder, kind):
    """Memory pressure for the storms within the block: touch: each goes through 1 MiB between two lives; stream:
    another process a cpu goes through memory all the time."""
    streams = []
    if kind == "touch":
        os.environ["TOUCH_KIB"] = "1024"
    if kind == "stream":
        streams = [subprocess.Popen([folder / "stream", "64"], stdin=subprocess.PIPE) for _ in range(os.cpu_count())]
    try:
        yield
    finally:
        os.environ.pop("TOUCH_KIB", None)
        for process in streams:
            process.stdin.close()
            process.wait()


def quartiles(values):
    if len(values) < 2:
        return values[0], values[0], values[0]
    return tuple(statistics.quantiles(values, n=4, method="inclusive"))


def machine():
    """One line that says where and when, and how busy it is."""
    cpu = re.search(r"model name\s*:\s*(.*)", pathlib.Path("/proc/cpuinfo").read_text(encoding="utf-8"))
    date = subprocess.run(["date", "-u", "+%F %H:%M UTC"], stdout=subprocess.PIPE, text=True, check=True).stdout.strip()
    model = cpu[1].strip() if cpu else os.uname().machine
    return (f"{date}, kernel {os.uname().release}, {os.cpu_count()} cpus ({model}), "
            f"load average {os.getloadavg()[0]:.1f}")
