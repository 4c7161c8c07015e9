#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
"""prometheus.py PROCTREE: what `--metrics` writes and serves is right for promtool, for node_exporter's textfile collector and
for a Prometheus that scrapes both: after a run its values of each counter are those of the stream's `stop` line and of
the lines that were shipped. Takes root to trace; prometheus and prometheus-node-exporter as Debian has them."""
import contextlib
import json
import os
import signal
import subprocess
import sys
import urllib.parse
import urllib.request

import faults
from faults import demand, free_port, patiently, wait_for


class Bench(faults.Bench):
    def __init__(self, program):
        super().__init__("prometheus")
        self.program, self.wrong = program, []

    def expect(self, truth, what):
        if not truth:
            self.wrong.append(what)

    def start(self, name, *command):
        with open(self.path(name + ".log"), "w", encoding="utf-8") as log:
            return self.spawn(*command, stdout=log, stderr=subprocess.STDOUT)

    def within(self, seconds, what, condition):
        """A server that isn't there yet, or gives half an answer, is no failure."""
        def holds():
            with contextlib.suppress(OSError, ValueError, KeyError):
                return condition()
            return False
        try:
            wait_for(what, holds, seconds)
        except faults.Wrong as late:
            raise faults.Wrong(f"{late}: {self.logs()}") from None

    def logs(self):
        texts = []
        for name in os.listdir(self.folder):
            if name.endswith(".log"):
                with open(self.path(name), encoding="utf-8") as log:
                    texts.append(log.read()[-800:])
        return "".join(texts)

    def promtool(self, text, what):
        done = faults.run("promtool", "check", "metrics", input=text)
        self.expect(done.returncode == 0 and not done.stdout and not done.stderr, f"promtool on {what}: {done.stdout}{done.stderr}")


def end(child):
    child.send_signal(signal.SIGTERM)
    child.wait(patiently(30))


def read(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


def get(port, where, **parameters):
    query = urllib.parse.urlencode(parameters)
    with urllib.request.urlopen(f"http://127.0.0.1:{port}{where}?{query}", timeout=patiently(10)) as reply:
        return reply.read().decode()


def values(port, metric):
    """Of each label set, as Prometheus has them now."""
    found = json.loads(get(port, "/api/v1/query", query=metric))["data"]["result"]
    return {tuple(sorted((key, value) for key, value in one["metric"].items() if key in ("kind", "name"))): int(float(one["value"][1]))
            for one in found}


def row(bench):
    path, expect = bench.path, bench.expect
    os.mkdir(path("textfile"))
    os.chmod(bench.folder, 0o755)
    trace = bench.start("trace", bench.program, "trace", "--as-root", "--spool", path("spool"), "--segment", "1", "--failed-execs",
                        "--metrics", path("textfile/proctree.prom"))
    bench.within(30, "the trace starts", lambda: "tracing" in read(path("trace.log")))
    served, exported, port = free_port(), free_port(), free_port()
    ship = bench.start("ship", bench.program, "ship", "--from", path("spool"), "--to", path("out"), "--cursor", path("cursor"),
                       "--metrics", f"127.0.0.1:{served}")
    bench.start("exporter", "prometheus-node-exporter", "--collector.disable-defaults", "--collector.textfile",
                f"--collector.textfile.directory={path('textfile')}", f"--web.listen-address=127.0.0.1:{exported}")
    with open(path("prometheus.yml"), "w", encoding="utf-8") as config:
        config.write("global: {scrape_interval: 500ms, scrape_timeout: 500ms}\nscrape_configs:\n"
                     f"- {{job_name: node, static_configs: [{{targets: ['127.0.0.1:{exported}']}}]}}\n"
                     f"- {{job_name: ship, static_configs: [{{targets: ['127.0.0.1:{served}']}}]}}\n")
    bench.start("prometheus", "prometheus", f"--config.file={path('prometheus.yml')}", f"--storage.tsdb.path={path('tsdb')}",
                f"--web.listen-address=127.0.0.1:{port}", "--log.level=warn")
    bench.within(60, "Prometheus scrapes both",
                 lambda: values(port, 'up{job="ship"}') == {(): 1} and values(port, 'up{job="node"}') == {(): 1})
    for number in range(3000):
        os.waitpid(os.posix_spawn("/bin/true", ["/bin/true", str(number)], {}), 0)
    end(trace)
    replayed = faults.run(bench.program, "replay", path("spool"), "--format", "jsonl")
    demand(replayed.returncode == 0, f"replay: {replayed.stderr}")
    stop = json.loads(replayed.stdout.splitlines()[-1])
    kinds = {((("kind", kind),)): stop[kind + "s"] for kind in ("fork", "exec", "exit")}

    def all_there():
        found = values(port, "proctree_events_total")
        return all(found.get(labels) == count for labels, count in kinds.items())
    bench.within(30, f"Prometheus has what `stop` has, {kinds}", all_there)
    bench.within(30, "all lines are shipped", lambda: values(port, "proctree_ship_acknowledged_lines_total") == {(): stop["seq"]})
    # A scrape that takes too long makes a series stale until the next one.
    for metric, value in (("proctree_lost_events_total", stop["lost"]), ("proctree_spool_lines_total", stop["seq"]),
                          ("proctree_ship_lag_lines", 0), ("node_textfile_scrape_error", 0)):
        bench.within(30, f"{metric} is {value}", lambda metric=metric, value=value: values(port, metric) == {(): value})

    def problems():
        return {labels[0][1]: value for labels, value in values(port, "proctree_problems_total").items() if value}
    bench.within(30, f"the problems are those of the stream, {stop['counters']}", lambda: problems() == stop["counters"])
    metadata = json.loads(get(port, "/api/v1/metadata"))["data"]
    own = {name: of[0]["type"] for name, of in metadata.items() if name.startswith("proctree_")}
    for name, kind in own.items():
        expect(kind == ("counter" if name.endswith("_total") else "gauge"), f"{name} is a {kind}")
    expect(len(own) > 20, f"only {sorted(own)}")
    bench.promtool(read(path("textfile/proctree.prom")), "trace's file")
    bench.promtool(get(served, "/metrics"), "what ship serves")
    end(ship)
    return f"{len(own)} metrics; {sum(kinds.values())} events, {stop['seq']} lines: the same in Prometheus, the stream and the target"


bench = Bench(os.path.realpath(sys.argv[1]))
found, wrong = faults.run_row(row, bench)
if wrong:
    bench.wrong.append(wrong)
for line in bench.wrong:
    print("FAILED", line)
if found:
    print(found)
sys.exit(1 if bench.wrong else 0)
