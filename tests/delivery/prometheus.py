#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
"""prometheus.py PROCTREE: what `--metrics` writes and serves is right for promtool, for node_exporter's textfile collector and
for a Prometheus that scrapes both: after a run its values of each counter are those of the stream's `stop` line and of
the lines that were shipped. Takes root to trace; prometheus and prometheus-node-exporter as Debian has them."""
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.parse
import urllib.request

program = os.path.realpath(sys.argv[1])
folder = tempfile.mkdtemp(prefix="proctree-prometheus-")
children, wrong = [], []


def path(name):
    return os.path.join(folder, name)


def expect(truth, what):
    if not truth:
        wrong.append(what)


def free_port():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return taken.getsockname()[1]


def start(name, *command):
    with open(path(name + ".log"), "w", encoding="utf-8") as log:
        children.append(subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT))
    return children[-1]


def end(child):
    child.send_signal(signal.SIGTERM)
    child.wait(30)


def within(seconds, ask, what):
    """Its first true answer."""
    until = time.monotonic() + seconds * float(os.environ.get("PROCTREE_PATIENCE", "1"))
    while time.monotonic() < until:
        try:
            if answer := ask():
                return answer
        except (OSError, ValueError, KeyError):
            pass
        time.sleep(0.2)
    sys.exit(f"FAILED: {what}: " + "".join(open(path(name), encoding="utf-8").read()[-800:]
                                           for name in os.listdir(folder) if name.endswith(".log")))


def get(port, where, **parameters):
    query = urllib.parse.urlencode(parameters)
    with urllib.request.urlopen(f"http://127.0.0.1:{port}{where}?{query}", timeout=10) as reply:
        return reply.read().decode()


def values(port, metric):
    """Of each label set, as Prometheus has them now."""
    found = json.loads(get(port, "/api/v1/query", query=metric))["data"]["result"]
    return {tuple(sorted((key, value) for key, value in one["metric"].items() if key in ("kind", "name"))): int(float(one["value"][1]))
            for one in found}


def promtool(text, what):
    done = subprocess.run(["promtool", "check", "metrics"], input=text, capture_output=True, text=True)
    expect(done.returncode == 0 and not done.stdout and not done.stderr, f"promtool on {what}: {done.stdout}{done.stderr}")


def main():
    os.mkdir(path("textfile"))
    os.chmod(folder, 0o755)
    trace = start("trace", program, "trace", "--as-root", "--spool", path("spool"), "--segment", "1", "--failed-execs", "--metrics",
                  path("textfile/proctree.prom"))
    within(30, lambda: "tracing" in open(path("trace.log"), encoding="utf-8").read(), "the trace did not start")
    served, exported, port = free_port(), free_port(), free_port()
    ship = start("ship", program, "ship", "--from", path("spool"), "--to", path("out"), "--cursor", path("cursor"), "--metrics",
                 f"127.0.0.1:{served}")
    start("exporter", "prometheus-node-exporter", "--collector.disable-defaults", "--collector.textfile",
          f"--collector.textfile.directory={path('textfile')}", f"--web.listen-address=127.0.0.1:{exported}")
    with open(path("prometheus.yml"), "w", encoding="utf-8") as config:
        config.write("global: {scrape_interval: 500ms, scrape_timeout: 500ms}\nscrape_configs:\n"
                     f"- {{job_name: node, static_configs: [{{targets: ['127.0.0.1:{exported}']}}]}}\n"
                     f"- {{job_name: ship, static_configs: [{{targets: ['127.0.0.1:{served}']}}]}}\n")
    start("prometheus", "prometheus", f"--config.file={path('prometheus.yml')}", f"--storage.tsdb.path={path('tsdb')}",
          f"--web.listen-address=127.0.0.1:{port}", "--log.level=warn")
    within(60, lambda: values(port, 'up{job="ship"}') == {(): 1} and values(port, 'up{job="node"}') == {(): 1}, "not scraped")
    for number in range(3000):
        os.waitpid(os.posix_spawn("/bin/true", ["/bin/true", str(number)], {}), 0)
    end(trace)
    stop = json.loads(subprocess.run([program, "replay", path("spool"), "--format", "jsonl"], capture_output=True, check=True,
                                     text=True).stdout.splitlines()[-1])
    kinds = {((("kind", kind),)): stop[kind + "s"] for kind in ("fork", "exec", "exit")}

    def all_there():
        found = values(port, "proctree_events_total")
        return all(found.get(labels) == count for labels, count in kinds.items())
    within(30, all_there, f"Prometheus doesn't have what `stop` has: {kinds}")
    within(30, lambda: values(port, "proctree_ship_acknowledged_lines_total") == {(): stop["seq"]}, "lines shipped")
    expect(values(port, "proctree_lost_events_total") == {(): stop["lost"]}, "lost events")
    expect(values(port, "proctree_spool_lines_total") == {(): stop["seq"]}, "lines of the spool")
    expect(values(port, "proctree_ship_lag_lines") == {(): 0}, "a lag at the end")
    expect(values(port, "node_textfile_scrape_error") == {(): 0}, "node_exporter could not read the file")
    problems = {labels[0][1]: value for labels, value in values(port, "proctree_problems_total").items() if value}
    expect(problems == stop["counters"], f"problems {problems}, of the stream {stop['counters']}")
    metadata = json.loads(get(port, "/api/v1/metadata"))["data"]
    own = {name: of[0]["type"] for name, of in metadata.items() if name.startswith("proctree_")}
    for name, kind in own.items():
        expect(kind == ("counter" if name.endswith("_total") else "gauge"), f"{name} is a {kind}")
    expect(len(own) > 20, f"only {sorted(own)}")
    promtool(open(path("textfile/proctree.prom"), encoding="utf-8").read(), "trace's file")
    promtool(get(served, "/metrics"), "what ship serves")
    end(ship)
    print(f"{len(own)} metrics; {sum(kinds.values())} events, {stop['seq']} lines: the same in Prometheus, the stream and the target")
    return 1 if wrong else 0


try:
    status = main()
finally:
    for child in children:
        if child.poll() is None:
            child.kill()
            child.wait()
    shutil.rmtree(folder, ignore_errors=True)
for line in wrong:
    print("FAILED", line)
sys.exit(status)
