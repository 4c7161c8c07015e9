#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
"""otlp_test.py PROCTREE-SHIP [--long] [--live PROCTREE] [ROW...]: what reaches a receiver of OpenTelemetry's protocol, while it and the way to it
fail. A row a fault; exit status 1 where one is wrong. Needs no root, but for --live, and no network
but loopback."""
import argparse
import concurrent.futures
import json
import os
import pathlib
import re
import signal
import socket
import subprocess
import sys
import threading
import time

import facts
import receiver as otlp
from receiver import Answer, Receiver

sys.path.append(str(pathlib.Path(__file__).parent.parent / "delivery"))
import faults
from faults import Wrong, demand, free_port, patiently, wait_for

GOLDEN = pathlib.Path(__file__).parent.parent / "golden"
DEADLINE = patiently(60)  # seconds, of a ship's end
STREAM = "0f9c2d4e8a314b57-77-3599998"


class Bench(faults.Bench):
    def __init__(self, options):
        super().__init__("otlp-test")
        self.ship, self.long = os.path.abspath(options.ship), options.long
        self.live, self.sanitized = options.live, options.sanitized
        self.receivers = []
        self.expected = self.delivered = self.doubled = 0

    def receiver(self, *arguments, **options):
        made = Receiver(*arguments, **options)
        made.bench = self
        self.receivers.append(made)
        return made

    def recording(self, count, name="recording.jsonl", size=0):
        """So many lines, of at least `size` bytes; returns the path and the uids."""
        start, template = self.template()
        template["args"] = ["x" * size]
        path = self.path(name)
        with open(path, "w", encoding="utf-8") as file:
            file.write(json.dumps(start) + "\n")
            for seq in range(2, count + 1):
                template["seq"] = seq
                file.write(json.dumps(template) + "\n")
        return path, {f"{STREAM}-{seq}" for seq in range(1, count + 1)}

    @staticmethod
    def template():
        with open(GOLDEN / "day.jsonl", encoding="utf-8") as day:
            lines = [json.loads(text) for text in day]
        return lines[0], next(line for line in lines if line["type"] == "exec")

    def start(self, path, to, *arguments, once=True):
        environment = {name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")}
        words = [self.ship, "ship", "--from", path, "--to", to, *(["--once"] if once else []), *arguments]
        child = self.spawn(*words, stderr=subprocess.PIPE, env=environment)
        child.said = []
        child.reading = threading.Thread(target=lambda: child.said.extend(child.stderr), daemon=True)
        child.reading.start()
        return child

    def finish(self, child, status=0):
        try:
            child.wait(DEADLINE)
        except subprocess.TimeoutExpired:
            raise Wrong(f"ship has not ended in {DEADLINE} s; it said {child.said}") from None
        child.reading.join()
        demand(child.returncode == status, f"status {child.returncode}: {child.said}")
        return "".join(child.said)

    def run(self, path, to, *arguments, status=0):
        return self.finish(self.start(path, to, *arguments), status)

    def metric(self, path, name):
        with open(path, encoding="utf-8") as text:
            return int(re.search(rf"^proctree_ship_{name} (\d+)$", text.read(), re.MULTILINE)[1])

    def close(self):
        super().close()
        for each in self.receivers:
            each.close()


def all_there(receiver, uids, doubled=None):
    demand(not receiver.wrong, f"the receiver can't read {receiver.wrong[:3]}")
    missing, more = uids - receiver.records.keys(), receiver.records.keys() - uids
    demand(not missing and not more, f"{len(missing)} lines are missing, {len(more)} are too many")
    again = sum(receiver.counts.values()) - len(receiver.counts)
    receiver.bench.expected += len(uids)
    receiver.bench.delivered += len(receiver.records)
    receiver.bench.doubled += again
    # An answer that comes too late is none, and its lines come again: rightly.
    late = any("timed out" in text for child in receiver.bench.children for text in getattr(child, "said", ()))
    if doubled is not None and not late:
        demand(again <= doubled, f"{again} lines came again")


def every_fact(bench):
    """Each fact of each line is in its record, and nothing else is."""
    for name in ("day", "attack", "depths"):
        receiver = bench.receiver()
        bench.run(str(GOLDEN / f"{name}.jsonl"), receiver.url())
        with open(GOLDEN / f"{name}.jsonl", encoding="utf-8") as golden:
            lines = [json.loads(text) for text in golden]
        lines = [line for line in lines if "seq" in line or line.get("where") == "spool"]
        all_there(receiver, {facts.uid_of(line) for line in lines}, 0)
        host, tracer = lines[0].get("host", {}), lines[0].get("tracer", {})
        for line in lines:
            wrong = facts.differences(line, receiver.records[facts.uid_of(line)], host, tracer)
            demand(not wrong, f"{name}.jsonl, seq {line.get('seq')}: {'; '.join(wrong)}")


def foreign_values(bench):
    """Numbers that no int64 holds, null, depth, names and bytes of no tracer of ours."""
    receiver = bench.receiver()
    start, line = bench.template()
    line["seq"] = 2
    line["new_fact"] = {"deep": {"er": [1, -2, 2.5, None, True, {"a": []}]}, "none": {}}
    line["huge"], line["negative"], line["nothing"] = 2**64 - 1, -5, None
    line["env"] = {"A.B": "é", "QUOTE": "\"\\\n\u202e😀"}
    line["container"] = {"id": "abc", "name": "n", "runtime": "podman", "image": "i:1", "pod": {"name": "p"}}
    line["args"] = ["\x1b[2J", "a\"b", "日本語" * 200]
    path = bench.path("foreign.jsonl")
    with open(path, "wb") as file:
        file.write(json.dumps(start).encode() + b"\n" + json.dumps(line).encode() + b"\n")
        # What no JSON writer makes: half a surrogate pair, a byte that is no UTF-8, an escape that JSON lacks.
        damaged = dict(line, seq=3, comm="COMM", exe="/EXE")
        text = json.dumps(damaged).replace("COMM", "\\ud800x").encode().replace(b"EXE", b"\xff\xc3(\x80")
        file.write(text + b"\n")
    bench.run(path, receiver.url())
    demand(not receiver.wrong, receiver.wrong)
    wrong = facts.differences(line, receiver.records[f"{STREAM}-2"], start["host"], start["tracer"])
    demand(not wrong, wrong)
    demand("\x1b" not in receiver.records[f"{STREAM}-2"].body, "the body has a terminal's escape")
    damaged = receiver.records.get(f"{STREAM}-3")
    if damaged:
        demand(damaged.attributes["proctree.comm"] == "\ufffdx", damaged.attributes["proctree.comm"])


def gaps_and_spools(bench):
    """From a spool, with a line for those that are missing, under a name of its own."""
    start, line = bench.template()
    gap = {"v": 1, "type": "lost", "stream": STREAM, "time": line["time"], "ktime_ns": line["ktime_ns"], "where": "spool",
           "seq_from": 2, "seq_to": 9, "count": 8, "forks": 3, "execs": 3, "exits": 2, "lost": 0}
    lines = [start, gap, dict(line, seq=10)]
    path = bench.path("gap.jsonl")
    with open(path, "w", encoding="utf-8") as file:
        file.writelines(json.dumps(each) + "\n" for each in lines)
    bench.run(path, bench.path("spool/"))
    receiver = bench.receiver()
    bench.run(bench.path("spool"), receiver.url())
    all_there(receiver, {f"{STREAM}-1", f"{STREAM}-2-9-lost", f"{STREAM}-10"}, 0)
    for each in lines:
        wrong = facts.differences(each, receiver.records[facts.uid_of(each)], start["host"], start["tracer"])
        demand(not wrong, wrong)


def receiver_down(bench):
    """Not there at the start, and gone in between."""
    path, uids = bench.recording(8000)
    port = free_port()
    child = bench.start(path, f"otlp+http://127.0.0.1:{port}")
    wait_for("ship says that nobody is there", lambda: child.said)
    first = bench.receiver(lambda number, _: Answer(hang_up=number >= 2), port=port)
    wait_for("requests", lambda: len(first.requests) > 3)
    first.close()
    bench.receivers.remove(first)
    second = bench.receiver(port=port)
    said = bench.finish(child)
    second.records.update(first.records)
    second.counts.update(first.counts)
    all_there(second, uids)
    demand("takes lines again" in said and "lines wait" in said, said)


def lost_answers(bench):
    """What was stored, and its answer lost, comes again under the same names."""
    path, uids = bench.recording(6000)
    receiver = bench.receiver(lambda number, _: Answer(hang_up=number < 3, stored=number < 3))
    bench.run(path, receiver.url())
    all_there(receiver, uids)
    demand(sum(receiver.counts.values()) > len(uids), "nothing came again")


def retry_after(bench):
    """Nothing comes before the receiver asks for it, in seconds or as a date."""
    path, uids = bench.recording(100)
    for after, least in ((lambda: 2, 2.0), (lambda: otlp.http_date(3), 1.5)):
        receiver = bench.receiver(lambda number, _, after=after: Answer(429, retry_after=after(), message="slow down")
                                  if number == 0 else Answer())
        said = bench.run(path, receiver.url())
        all_there(receiver, uids, 0)
        pause = receiver.requests[1][0] - receiver.requests[0][0]
        demand(pause >= least, f"after {pause} s, asked for {after()}")
        demand("429 Too Many Requests (slow down)" in said, said)


def busy_receiver(bench):
    """Every status that may pass."""
    path, uids = bench.recording(500)
    statuses = [503, 502, 504, 408, 429]
    for _ in range(3):
        receiver = bench.receiver(lambda number, _: Answer(statuses[number] if number < len(statuses) else 200))
        said = bench.run(path, receiver.url())
        if "timed out" not in said:
            break  # else this host was so busy that an answer came too late to be one
    all_there(receiver, uids, 0)
    demand(all(str(status) in said for status in statuses), said)


def rejected_in_part(bench):
    path, uids = bench.recording(200)
    receiver = bench.receiver(lambda number, _: Answer(rejected=7, message="too old") if number == 0 else Answer())
    metrics = bench.path("metrics")
    said = bench.run(path, receiver.url(), "--metrics", metrics)
    rejected = uids - receiver.records.keys()
    demand(len(rejected) == 7 and len(receiver.requests) == 1, f"{rejected} of {len(receiver.requests)} requests")
    demand("7 lines (too old)" in said, said)
    demand(bench.metric(metrics, "refused_total") == 7, "the metrics don't say it")
    demand(bench.metric(metrics, "acknowledged_lines_total") == len(uids), "the cursor stands still")


def poisoned(bench, status, requests_most):
    """One line that the receiver will never take costs no other."""
    path, uids = bench.recording(2500)
    poison = f"{STREAM}-1234"
    receiver = bench.receiver(
        lambda _, records: Answer(status, message="no!") if any(r.uid == poison for r in records) else Answer())
    metrics = bench.path("metrics")
    said = bench.run(path, receiver.url(), "--metrics", metrics)
    all_there(receiver, uids - {poison}, 0)
    demand(f"refused 1 line, which it will not have: {status}" in said, said)
    demand(bench.metric(metrics, "refused_total") == 1, "the metrics don't say it")
    demand(len(receiver.requests) <= requests_most, f"{len(receiver.requests)} requests")


def poisoned_400(bench):
    poisoned(bench, 400, 40)


def poisoned_500(bench):
    poisoned(bench, 500, 60)


def refuses_all(bench):
    """A receiver that takes nothing ends no run, and all is counted."""
    path, uids = bench.recording(5000)
    receiver = bench.receiver(lambda *_: Answer(400))
    metrics = bench.path("metrics")
    said = bench.run(path, receiver.url(), "--metrics", metrics)
    demand(bench.metric(metrics, "refused_total") == len(uids), said)
    demand(len(receiver.requests) < 200, f"{len(receiver.requests)} requests")
    demand(said.count("refused") <= 3, said)


def broken_for_a_while(bench):
    """A receiver that fails whatever it is sent is waited for."""
    path, uids = bench.recording(20)
    receiver = bench.receiver(lambda number, _: Answer(500 if number < 5 else 200))
    bench.run(path, receiver.url())
    all_there(receiver, uids, 0)


def too_large(bench):
    path, uids = bench.recording(1500)
    receiver = bench.receiver(size_most=50_000)
    bench.run(path, receiver.url())
    all_there(receiver, uids, 0)
    path, uids = bench.recording(20, "one.jsonl", size=60_000)
    receiver = bench.receiver(size_most=50_000)
    said = bench.run(path, receiver.url())
    all_there(receiver, {f"{STREAM}-1"}, 0)
    demand("refused 1 line" in said and "413" in said, said)


def slow_receiver(bench):
    path, uids = bench.recording(4000)
    receiver = bench.receiver(lambda *_: Answer(delay=0.5))
    bench.run(path, receiver.url())
    all_there(receiver, uids, 0)


def half_open(bench):
    """Connections are made, and nothing comes back."""
    path, uids = bench.recording(50)
    port = free_port()
    with socket.socket() as deaf:
        deaf.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        deaf.bind(("127.0.0.1", port))
        deaf.listen(16)
        child = bench.start(path, f"otlp+http://127.0.0.1:{port}")
        wait_for("ship gives up a request", lambda: child.said)
    receiver = bench.receiver(port=port)
    said = bench.finish(child)
    all_there(receiver, uids, 0)
    demand("lines wait" in said, said)


def credentials_withdrawn(bench):
    """Refused, it reads its credentials again; and no other may read them."""
    path, uids = bench.recording(300)
    credentials = bench.path("headers")

    def write(token):
        with open(bench.path("new"), "w", encoding="utf-8") as file:
            file.write(f"# of the collector\nAuthorization: Bearer {token}\n\nX-Scope-OrgID: 12\n")
        os.rename(bench.path("new"), credentials)

    write("withdrawn-S3CRET")
    receiver = bench.receiver(
        lambda number, _: Answer() if receiver_headers(number) == "Bearer renewed-S3CRET" else Answer(401))
    seen = []

    def receiver_headers(number):
        return seen[number]

    handle = receiver.handle
    receiver.handle = lambda handler: (seen.append(handler.headers["Authorization"]), handle(handler))
    child = bench.start(path, receiver.url(), "--credentials", credentials)
    wait_for("a request", lambda: receiver.requests)
    for name in ("cmdline", "environ"):
        with open(f"/proc/{child.pid}/{name}", "rb") as text:
            demand(b"S3CRET" not in text.read(), f"the token is in {name}")
    write("renewed-S3CRET")
    said = bench.finish(child)
    all_there(receiver, uids, 0)
    demand("401 Unauthorized" in said and "S3CRET" not in said, said)
    demand(receiver.requests[-1][3].get("X-Scope-OrgID") == "12", receiver.requests[-1][3])


def redirected(bench):
    """Elsewhere the credentials have no business."""
    path, uids = bench.recording(30)
    other = bench.receiver()
    receiver = bench.receiver(
        lambda number, _: Answer(307, location=f"http://127.0.0.1:{other.port}/v1/logs") if number == 0 else Answer())
    said = bench.run(path, receiver.url("/elsewhere/logs"))
    all_there(receiver, uids, 0)
    demand(not other.requests and "307" in said, said)
    demand(receiver.requests[0][4] == "/elsewhere/logs", receiver.requests[0][4])


def tls(bench):
    path, uids = bench.recording(60)
    good, stale, client = (otlp.make_certificate(bench.folder, *which)
                           for which in (("good",), ("stale", -1), ("client",)))
    receiver = bench.receiver(tls=otlp.server_tls(*good, client_ca=client[0]))
    bench.run(path, receiver.url(), "--tls-ca", good[0], "--tls-cert", client[0], "--tls-key", client[1])
    all_there(receiver, uids, 0)
    # Not of an authority that is trusted: nothing is sent.
    untrusted = bench.receiver(tls=otlp.server_tls(*good))
    child = bench.start(path, untrusted.url())
    wait_for("ship says it", lambda: child.said)
    child.send_signal(signal.SIGTERM)
    demand("certificate" in bench.finish(child), child.said)
    demand(not untrusted.requests, "lines went to a stranger")
    bench.run(path, untrusted.url(), "--tls-insecure")
    all_there(untrusted, uids, 0)
    # One that ran out, until it is replaced.
    port = free_port()
    expired = bench.receiver(tls=otlp.server_tls(*stale), port=port)
    both = bench.path("both.pem")
    with open(both, "w", encoding="utf-8") as file:
        for certificate in (good[0], stale[0]):
            file.write(pathlib.Path(certificate).read_text(encoding="utf-8"))
    child = bench.start(path, expired.url(), "--tls-ca", both)
    wait_for("ship says it", lambda: child.said)
    expired.close()
    bench.receivers.remove(expired)
    renewed = bench.receiver(tls=otlp.server_tls(*good), port=port)
    said = bench.finish(child)
    all_there(renewed, uids, 0)
    demand("expired" in said and not expired.requests, said)


def killed_often(bench):
    path, uids = bench.recording(20000 if bench.long else 6000)
    receiver = bench.receiver(lambda *_: Answer(delay=0.05))
    cursor = bench.path("cursor")
    kills = 0
    while kills < (100 if bench.long else 8):
        child = bench.start(path, receiver.url(), "--cursor", cursor)
        before = len(receiver.requests)
        wait_for("requests", lambda: len(receiver.requests) > before + kills % 3 or child.poll() is not None)
        if child.poll() is not None:
            break
        child.kill()
        child.wait()
        kills += 1
    bench.run(path, receiver.url(), "--cursor", cursor)
    all_there(receiver, uids)
    demand(kills > 3, f"killed only {kills} times")
    again = len(receiver.requests)
    bench.run(path, receiver.url(), "--cursor", cursor)
    demand(len(receiver.requests) == again, "lines behind the cursor were sent")


def bounded_memory(bench):
    """32 MiB, whatever waits: here lines of 60 kB, and nobody takes them."""
    path, _ = bench.recording(3000, size=60_000)
    child = bench.start(path, f"otlp+http://127.0.0.1:{free_port()}")
    wait_for("ship says that nobody is there", lambda: child.said)
    time.sleep(1)
    with open(f"/proc/{child.pid}/status", encoding="utf-8") as status:
        peak = int(re.search(r"VmHWM:\s+(\d+) kB", status.read())[1])
    demand(bench.sanitized or peak <= 32 << 10, f"{peak} kB")
    child.send_signal(signal.SIGTERM)
    bench.finish(child)


def wrong_usage(bench):
    path, _ = bench.recording(2)
    for address in ("otlp+http://user:S3CRET@127.0.0.1", "otlp+https://127.0.0.1/v1/logs?token=S3CRET"):
        said = bench.run(path, address, status=2)
        demand("S3CRET" not in said and "--credentials" in said, said)
    for address in ("otlp+https://127.0.0.1/?api_key=S3CRET", "otlp+http://127.0.0.1, 127.0.0.2", "otlp+http:///logs"):
        demand("S3CRET" not in bench.run(path, address, status=2), address)
    with open(bench.path("bad"), "w", encoding="utf-8") as file:
        file.write("Authorization Bearer S3CRET\n")
    said = bench.run(path, "otlp+http://127.0.0.1", "--credentials", bench.path("bad"), status=1)
    demand("S3CRET" not in said and "line 1" in said, said)
    bench.run(path, "otlp+https://127.0.0.1", "--tls-ca", bench.path("missing"), status=1)
    said = bench.run(path, "otlp+http://127.0.0.1", "--format", "ecs", status=2)
    demand("--format" in said, said)


def live(bench):
    """Lines of a real tracer, followed as they are written, while the receiver comes and goes."""
    spool = bench.path("spool")
    tracer = bench.spawn(bench.live, "trace", "--spool", spool, "--failed-execs", stderr=subprocess.PIPE)
    wait_for("the tracer begins", lambda: "tracing," in tracer.stderr.readline())
    threading.Thread(target=tracer.stderr.read, daemon=True).start()
    receiver = bench.receiver(lambda number, _: (Answer(503), Answer(hang_up=True, stored=True), Answer())[number % 3])
    child = bench.start(spool, receiver.url(), "--cursor", bench.path("cursor"), once=False)
    for number in range(300):
        subprocess.run(["/bin/sh", "-c", "exit $1", "é \n\x1b\udcff", str(number % 7)], check=False)
        if number % 100 == 50:
            child.kill()
            child.wait()
            child = bench.start(spool, receiver.url(), "--cursor", bench.path("cursor"), once=False)
    tracer.send_signal(signal.SIGTERM)
    tracer.wait()
    bench.run(spool, bench.path("lines"))
    with open(bench.path("lines"), encoding="utf-8") as file:
        lines = [json.loads(text) for text in file]
    wait_for(f"{len(lines)} lines", lambda: len(receiver.records) >= len(lines))
    child.send_signal(signal.SIGTERM)
    bench.finish(child)
    all_there(receiver, {facts.uid_of(line) for line in lines})
    demand(sum(line["type"] == "exit" for line in lines) >= 300, "the workload isn't there")
    for line in lines:
        wrong = facts.differences(line, receiver.records[facts.uid_of(line)], lines[0]["host"], lines[0]["tracer"])
        demand(not wrong, f"{line['type']} {line['seq']}: {'; '.join(wrong)}")


ROWS = {row.__name__.replace("_", "-"): row for row in (
    every_fact, foreign_values, gaps_and_spools, receiver_down, lost_answers, retry_after, busy_receiver, rejected_in_part,
    poisoned_400, poisoned_500, refuses_all, broken_for_a_while, too_large, slow_receiver, half_open, credentials_withdrawn,
    redirected, tls, killed_often, bounded_memory, wrong_usage)}


def run_row(name, row, options):
    bench = Bench(options)
    begun = time.monotonic()
    _, wrong = faults.run_row(row, bench)
    remark = f"{time.monotonic() - begun:.1f} s" if wrong is None else "WRONG: " + wrong
    return f"| {name} | {bench.expected} | {bench.delivered} | {bench.doubled} | {remark} |", wrong


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("ship")
    parser.add_argument("--long", action="store_true", help="100 kills instead of 8")
    parser.add_argument("--sanitized", action="store_true", help="the program is: its memory says nothing")
    parser.add_argument("--live", metavar="PROCTREE", help="the row of a real trace alone, which takes root")
    options = faults.parse(parser, ROWS)
    rows = {"live": live} if options.live else {name: ROWS[name] for name in options.rows}
    failed = False
    print("| fault | lines expected | delivered | doubled | |\n| --- | --- | --- | --- | --- |")
    # They wait most of their time.
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        for text, wrong in pool.map(lambda row: run_row(*row, options), rows.items()):
            print(text, flush=True)
            failed |= wrong is not None
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
