# SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
"""Streams as they arrive, with what is missing, doubled and told in each, and their sums."""
import collections
import json

from faults import demand

TOTALS = ("forks", "execs", "exits", "lost")
KINDS = {"fork": "forks", "exec": "execs", "exit": "exits"}


class Stream:
    def __init__(self, with_events):
        self.last = self.found = self.doubled = self.reported = self.last_ns = 0
        self.missing = []
        self.ranges = []
        self.sums = collections.Counter()
        self.stop = None
        self.restart = None
        self.events = set() if with_events else None

    def take(self, line):
        kind = line["type"]
        if "seq" in line:
            seq = line["seq"]
            if seq <= self.last:
                self.doubled += 1
                return
            if seq > self.last + 1:
                self.missing.append((self.last + 1, seq - 1))
            self.last = seq
            self.last_ns = line["ktime_ns"]
            self.found += 1
        if kind in KINDS and not line.get("inferred"):
            self.sums[KINDS[kind]] += 1
            if self.events is not None:
                self.events.add((kind, line["id"], line["ktime_ns"]))
        elif kind == "repeat":
            self.sums.update({name: line[name] for name in TOTALS[:3]})
        elif kind == "lost" and "where" not in line:
            self.sums["lost"] += line["count"]
        elif kind == "lost" and line["where"] == "restart":
            self.restart = (line["since_ns"], line["until_ns"])
        elif kind == "lost":
            self.sums.update({name: line.get(name, 0) for name in TOTALS})
            self.ranges.append((line["seq_from"], line["seq_to"]))
            self.reported += line["count"]
            if "seq" not in line:
                demand(line["seq_from"] == self.last + 1, f"a gap from {line['seq_from']} behind {self.last}")
                self.last = line["seq_to"]
        elif kind == "stop":
            self.stop = {name: line[name] for name in TOTALS}

    def check(self):
        demand(not self.doubled, f"{self.doubled} lines twice")
        for begin, end in self.missing:
            demand(any(a <= begin and end <= b for a, b in self.ranges), f"lines {begin} to {end} are missing, untold")
        if self.stop:
            sums = {name: self.sums[name] for name in TOTALS}
            demand(sums == self.stop, f"the sums are {sums}, of the kernel {self.stop}")


def read_streams(path, with_events=False):
    """By name, in the order in which they begin; with the set of their events where that is asked for, which an hour's has no
    memory for."""
    streams = collections.OrderedDict()
    with open(path, encoding="utf-8") as lines:
        for text in lines:
            line = json.loads(text)
            demand(line["type"] != "segment", "a segment line among those shipped")
            if line["stream"] not in streams:
                streams[line["stream"]] = Stream(with_events)
            streams[line["stream"]].take(line)
    return streams
