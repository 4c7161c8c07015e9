#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
"""Runs the benchmarks of a build folder and prints what they measure beside what it may cost, as a table.

usage: table.py FOLDER [REPETITIONS]

Each figure is the median of the repetitions, in cpu time of the measuring thread (but for the shared tree,
where two threads share the clock too). Nothing fails on a figure: a machine has other things to do."""

import json
import re
import subprocess
import sys

NS, US, MS = "ns", "µs", "ms"
PER_SECOND = {NS: 1e9, US: 1e6, MS: 1e3}

# what it is, program, name there, unit, at most
ROWS = [
    *((f"fork, exec, exit, {live} live, the newest ends: an event", "events_bench",
       f"events_newest_ends/{n}", NS, most)
      for live, n, most in (("1,000", 1000, 80), ("10,000", 10000, 100), ("1,000,000", 1000000, 200))),
    *((f"fork, exec, exit, {live} live, any ends: an event", "events_bench", f"events_any_ends/{n}", NS, most)
      for live, n, most in (("1,000", 1000, 80), ("10,000", 10000, 100), ("1,000,000", 1000000, 200))),
    ("100,000 forks under one parent, then its exit", "events_bench", "forks_under_one_parent", MS, 15),
    ("chain string, depth 10, of the tracer's table", "queries_bench", "chain_of_table/10", NS, 200),
    ("chain string, depth 100, of the tracer's table", "queries_bench", "chain_of_table/100", US, 1.5),
    ("chain string, depth 10, of DefaultTree and DefaultCache", "queries_bench", "chain_of_stores/10", NS, 200),
    ("chain string, depth 100, of DefaultTree and DefaultCache", "queries_bench", "chain_of_stores/100", US, 1.5),
    ("is_descendant that finds none, depth 10", "queries_bench", "is_descendant_miss/10", NS, 40),
    ("is_descendant that finds none, depth 100", "queries_bench", "is_descendant_miss/100", NS, 400),
    ("descendants(1), 100,000 nodes, ten children each", "queries_bench", "descendants_even_tree/100000", MS, 1),
    ("descendants(1), 100,000 nodes, random parents", "queries_bench", "descendants_random_tree/100000", MS, 1),
    ("find_by_cmd, 100,000 nodes", "queries_bench", "find_by_cmd/100000", MS, 0.3),
    ("display, 100,000 nodes", "queries_bench", "display/100000", MS, 10),
    ("display, a line 10,000 deep", "queries_bench", "display_line/10000", MS, 50),
    ("the ring's bytes to the tree: an event", "stream_bench", "stream_to_tree", NS, 250),
    ("the ring's bytes to JSON lines, six ancestors: an event", "stream_bench", "stream_to_jsonl", NS, 667),
    ("snapshot of /proc: a process", "snapshot_bench", "library_snapshot/3000", US, 10),
]


def run(folder, program, repetitions):
    command = [f"{folder}/{program}", "--benchmark_format=json", f"--benchmark_repetitions={repetitions}",
               "--benchmark_enable_random_interleaving=true"]
    report = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)
    return {re.sub("_median$", "", row["name"]): row for row in report["benchmarks"]
            if row.get("aggregate_name") == "median"}


def seconds(row):
    for counter in ("s/event", "s/process"):
        if counter in row:
            return row[counter]
    return row["cpu_time"] / PER_SECOND[row["time_unit"].replace("us", US)]


def show(what, value, most, unit, at_least=False):
    reached = value >= most if at_least else value <= most
    word = "at least" if at_least else "at most"
    print(f"| {what} | {word} {most:g} {unit} | {value:.3g} {unit} | {'yes' if reached else '**no**'} |")


def main():
    folder = sys.argv[1]
    repetitions = int(sys.argv[2]) if len(sys.argv) > 2 else 5
    found = {program: run(folder, program, repetitions)
             for program in ("events_bench", "queries_bench", "stream_bench", "snapshot_bench", "shared_bench")}
    print("| work | figure | measured | reached |")
    print("| --- | --- | --- | --- |")
    for what, program, name, unit, most in ROWS:
        show(what, seconds(found[program][name]) * PER_SECOND[unit], most, unit)
    alone, shared = (found["shared_bench"][f"write/with_reader:{n}/real_time"]["real_time"] for n in (0, 1))
    show("DefaultTree's writer beside a reader: rate, of its rate alone", alone / shared, 0.333, "", at_least=True)
    memory = subprocess.run([f"{folder}/memory_bench"], check=True, stdout=subprocess.PIPE, text=True).stdout
    for line in memory.splitlines():
        store, resident = line.split("\t")
        show(f"memory of {store}, 1,000,000 nodes, 1,000 commands: a node", float(resident), 128, "B")


main()
