#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
"""guest_judge.py PROCTREE SPOOL REPORT...: of a spool on the disk of a guest whose power was cut once for each REPORT, and whose
clock was stepped in the end (tests/delivery/guest): the rows of both faults."""
import datetime
import json
import re
import subprocess
import sys

from faults import Wrong, demand, patiently
from streams import read_streams

# The promise is a second: the worker syncs each. A guest in emulation needs a while to do so, and to say how far it was.
LOST_MOST_S = patiently(1.5)


def last_moment(report):
    """Of boot, when the storm last said how far it was, and how far that was."""
    with open(report, encoding="ascii", errors="replace") as lines:
        said = re.findall(r"^lives (\d+) (\d+\.\d+)\r?$", lines.read(), re.M)
    return int(said[-1][0]), float(said[-1][1])


def row(name, streams, remark):
    numbers = [sum(getattr(stream, what) for stream in streams) for what in ("last", "found", "doubled", "reported")]
    print(f"| {name} | {len(streams)} | " + " | ".join(map(str, numbers)) + f" | equal | {remark} |")


def judge_cuts(streams, lines, reports):
    lost = []
    for stream, report in zip(streams, reports):
        demand(stream.stop is None, "a stream that was cut has a stop")
        lives, moment = last_moment(report)
        demand(stream.sums["exits"] > 8, f"of {lives} lives {stream.sums['exits']} are there")
        lost.append(moment - stream.last_ns / 1e9)
        demand(lost[-1] < LOST_MOST_S, f"the last {lost[-1]:.2f} s are lost")
    starts = [line for line in lines if line["type"] == "start"]
    restarts = [line for line in lines if line["type"] == "lost" and line.get("where") == "restart"]
    names = list(dict.fromkeys(line["stream"] for line in lines))
    for name, stream, start, restart in zip(names[:-1], streams, starts[1:], restarts, strict=True):
        demand(start["previous"]["stream"] == name and start["previous"]["seq"] == stream.last,
               f"{start['previous']}, where {name} has {stream.last}")
        demand(restart["since_ns"] == 0 and restart["until_ns"] == start["ktime_ns"], f"the gap is {restart}")
    return "lost of each: the last " + ", ".join(f"{max(0, seconds):.2f}" for seconds in lost) + " s"


def demand_causal_order(events):
    """By boot times, those of each process, and with these its creator's forks. Two cpus' events that have nothing to do with
    each other may stand in either order: an event's clock is read before its number is taken."""
    latest = {}
    for event in events:
        processes = [event["id"]] + ([event["creator_id"]] if event["type"] == "fork" else [])
        for process in processes:
            demand(latest.get(process, 0) <= event["ktime_ns"], f"{event} is earlier than what stands before it of {process}")
            latest[process] = event["ktime_ns"]


def judge_step(stream, lines):
    demand(stream.stop is not None, "no stop")
    wall = [datetime.datetime.fromisoformat(line["time"][:26] + "+00:00").timestamp() - line["ktime_ns"] / 1e9 for line in lines]
    steps = [round(b - a) for a, b in zip(wall, wall[1:]) if abs(b - a) > 1000]
    # date(1) sets whole seconds, and a while after it was asked which one it is.
    demand(len(steps) == 3 and all(abs(step - set_by) < 60 for step, set_by in zip(steps, (3600, -7200, 3600))),
           f"the times of lines step by {steps}")
    demand_causal_order(line for line in lines if line["type"] in ("fork", "exec", "exit"))
    return "steps of " + ", ".join(f"{step:+d}" for step in steps) + " s"


def main():
    program, spool, *reports = sys.argv[1:]
    target = spool + ".lines"
    subprocess.run([program, "ship", "--from", spool, "--to", target, "--cursor", target + ".cursor", "--once"], check=True)
    streams = list(read_streams(target).values())
    with open(target, encoding="utf-8") as text:
        lines = [json.loads(line) for line in text]
    for stream in streams:
        stream.check()
    demand(len(streams) == len(reports) + 1, f"{len(streams)} streams of {len(reports) + 1} starts")
    row("power-cut", streams[:-1], judge_cuts(streams[:-1], lines, reports))
    names = list(dict.fromkeys(line["stream"] for line in lines))
    row("clock-step", streams[-1:], judge_step(streams[-1], [line for line in lines if line["stream"] == names[-1]]))


try:
    main()
except Wrong as wrong:
    sys.exit(f"WRONG: {wrong}")
