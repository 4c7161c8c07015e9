#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
"""delivery.py PROCTREE [--long] [--rate LIVES_A_SECOND] [--minutes N] [ROW...]: what reaches the end of the way from the kernel to
a follower's target, while everything on that way fails. A row for each fault; exit status 1 where a row is wrong.

After each fault, stream by stream: every number of a line is there once, in order, or in a range that a `lost` line
tells; (forks, execs, exits, lost) of lines, repeats and told ranges are those that `stop` has, which are the kernel's.
A tracer that was killed has no `stop`: a witness, a second tracer that nothing happens to, says what happened outside
of the gaps that `restart` lines tell. Needs root; mounts a tmpfs in a mount namespace of its own."""
import argparse
import collections
import json
import os
import shutil
import signal
import subprocess
import sys
import time

import faults
from faults import Wrong, demand, patiently
from streams import KINDS, read_streams


class Bench(faults.Bench):
    """With tracers, followers and a storm."""

    def __init__(self, options):
        super().__init__("delivery")
        self.program, self.rate, self.long, self.minutes = options.program, options.rate, options.long, options.minutes
        self.spool = self.path("spool")

    def start(self, *command, **options):
        return self.spawn(*command, stderr=subprocess.PIPE, **options)

    def trace(self, *arguments):
        child = self.start(self.program, "trace", *arguments)
        for line in child.stderr:
            if "tracing," in line:
                # What it has to say later must not fill the pipe.
                child.rest = self.start("cat", stdin=child.stderr, stdout=subprocess.DEVNULL)
                return child
        raise Wrong(f"trace {' '.join(arguments)} did not begin: status {child.wait()}")

    def spooled(self, *arguments, segment=1):
        return self.trace("--spool", self.spool, "--segment", str(segment), *arguments)

    def follow(self, target="out", *arguments):
        return self.start(self.program, "ship", "--from", self.spool, "--to", self.path(target), "--cursor",
                          self.path(target + ".cursor"), *arguments)

    def ship_once(self, target, *arguments):
        return faults.run(self.program, "ship", "--from", self.spool, "--to", self.path(target), "--cursor",
                          self.path(target + ".cursor"), "--once", *arguments, seconds=1800)  # an hour's storm takes a while

    def storm(self):
        return self.start(sys.executable, os.path.abspath(__file__), "--storm", str(self.rate), stdout=subprocess.DEVNULL)

    @staticmethod
    def end(*children, by=signal.SIGTERM):
        for child in children:
            child.send_signal(by)
        for child in children:
            child.wait(patiently(60))

    def delivered(self, target="out", with_events=False):
        """Brings the rest over, and returns the streams of the target, all of them right."""
        done = self.ship_once(target)
        demand(done.returncode == 0, f"ship: {done.stderr}")
        streams = read_streams(self.path(target), with_events)
        demand(streams, "nothing was delivered")
        for stream in streams.values():
            stream.check()
        return streams


def hold_against_witness(streams, witness):
    """Every life outside the gaps is there."""
    known = set().union(*(stream.events for stream in streams.values()))
    gaps = [stream.restart for stream in streams.values() if stream.restart]
    (truth,) = read_streams(witness, with_events=True).values()
    demand(truth.sums["lost"] == 0, "the witness lost events: the storm is too large for it")
    first = min(event[2] for event in known)
    last = max(event[2] for event in known)
    known = {event[:2] for event in known}
    lacking = [event for event in truth.events if event[:2] not in known and first <= event[2] <= last and
               not any(since <= event[2] <= until for since, until in gaps)]
    demand(not lacking, f"{len(lacking)} of {len(truth.events)} events outside of the gaps are not there: {lacking[:3]}")


def fault_none(bench):
    tracer, follower, storm = bench.spooled(), bench.follow(), bench.storm()
    time.sleep(5)
    bench.end(storm, by=signal.SIGKILL)
    bench.end(tracer)
    time.sleep(0.5)
    bench.end(follower)
    return bench.delivered()


def fault_fold(bench):
    tracer, storm = bench.spooled("--fold"), bench.storm()
    time.sleep(4)
    bench.end(storm, by=signal.SIGKILL)
    bench.end(tracer)
    return bench.delivered()


def fault_tracer_killed(bench):
    witness, storm = bench.trace("--format", "jsonl", "--output", bench.path("witness"), "--ring-size", "64"), bench.storm()
    follower = bench.follow()
    for _ in range(20 if bench.long else 5):
        tracer = bench.spooled()
        time.sleep(0.7)
        bench.end(tracer, by=signal.SIGKILL)
    tracer = bench.spooled()
    time.sleep(0.7)
    bench.end(storm, by=signal.SIGKILL)
    bench.end(tracer)
    bench.end(witness)
    bench.end(follower)
    streams = bench.delivered(with_events=True)
    hold_against_witness(streams, bench.path("witness"))
    return streams


def fault_disk_full(bench):
    os.mkdir(bench.spool)
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=16m", "proctree-delivery", bench.spool], check=True)
    try:
        tracer, storm = bench.spooled("--spool-buffer", "1", "--spool-max", "64"), bench.storm()
        time.sleep(1)
        filler = os.path.join(bench.spool, "filler")
        with open(filler, "wb", buffering=0) as file:
            block = bytes(1 << 16)
            until = time.monotonic() + (60 if bench.long else 5)
            while time.monotonic() < until:
                try:
                    file.write(block)
                except OSError:
                    time.sleep(0.05)
        os.unlink(filler)
        time.sleep(2)
        bench.end(storm, by=signal.SIGKILL)
        time.sleep(0.5)
        bench.end(tracer)
        streams = bench.delivered()
        demand(any(stream.reported for stream in streams.values()), "the disk was never full for long enough")
        return streams
    finally:
        subprocess.run(["umount", bench.spool], check=True)


def fault_bound_reached(bench):
    tracer, follower, storm = bench.spooled("--spool-max", "1"), bench.follow(), bench.storm()
    time.sleep(1)
    follower.send_signal(signal.SIGSTOP)
    time.sleep(60 if bench.long else 12)
    follower.send_signal(signal.SIGCONT)
    time.sleep(1)
    bench.end(storm, by=signal.SIGKILL)
    bench.end(tracer)
    time.sleep(0.5)
    bench.end(follower)
    streams = bench.delivered()
    demand(any(stream.reported for stream in streams.values()), "the bound was not reached")
    return streams


def fault_follower_killed(bench):
    tracer, storm = bench.spooled(), bench.storm()
    for _ in range(100 if bench.long else 20):
        follower = bench.follow()
        time.sleep(0.15)
        bench.end(follower, by=signal.SIGKILL)
    bench.end(storm, by=signal.SIGKILL)
    bench.end(tracer)
    return bench.delivered()


# Where a document of a schema says of which line it is.
UIDS = {"ecs": lambda document: document["event"]["id"], "ocsf": lambda document: document["metadata"]["uid"]}


def fault_documents_killed(bench):
    """Files of documents, by their ids: each line's once, in order, none of them torn."""
    tracer, storm = bench.spooled(), bench.storm()
    for _ in range(100 if bench.long else 20):
        followers = [bench.follow(name, "--format", name) for name in UIDS]
        time.sleep(0.15)
        bench.end(*followers, by=signal.SIGKILL)
    bench.end(storm, by=signal.SIGKILL)
    bench.end(tracer)
    streams = bench.delivered()
    with open(bench.path("out"), encoding="utf-8") as out:
        lines = [json.loads(line) for line in out]
    expected = [f"{line['stream']}-{line['seq']}" for line in lines]
    for name, uid_of in UIDS.items():
        done = bench.ship_once(name, "--format", name)
        demand(done.returncode == 0, f"ship: {done.stderr}")
        with open(bench.path(name), encoding="utf-8") as out:
            uids = [uid_of(json.loads(document)) for document in out]
        demand(uids == expected, f"{name}: {len(uids)} documents, {len(set(uids))} ids, of {len(expected)} lines")
    return streams, f"{len(expected)} documents in each of {', '.join(UIDS)}, none doubled"


def fault_rotated_and_killed(bench):
    """Killed right after its file was moved away: what it had written there doesn't come again."""
    tracer, storm = bench.spooled(), bench.storm()
    files = []

    def size():
        return os.path.getsize(bench.path("out")) if os.path.exists(bench.path("out")) else 0
    for number in range(30 if bench.long else 8):
        before = size()
        follower = bench.follow()
        faults.wait_for("lines arrive", lambda before=before: size() > before)
        files.append(bench.path(f"out.{number}"))
        os.rename(bench.path("out"), files[-1])
        follower.send_signal(signal.SIGHUP)
        faults.wait_for("the file is a new one", lambda: os.path.exists(bench.path("out")))
        bench.end(follower, by=signal.SIGKILL)
    bench.end(storm, by=signal.SIGKILL)
    bench.end(tracer)
    demand(bench.ship_once("out").returncode == 0, "the rest did not come over")
    with open(bench.path("whole"), "wb") as whole:
        for path in [*files, bench.path("out")]:
            with open(path, "rb") as part:
                shutil.copyfileobj(part, whole)
    streams = read_streams(bench.path("whole"))
    for stream in streams.values():
        stream.check()
    return streams, f"{len(files)} times"


def fault_slow_beside_quick(bench):
    """A follower that stands still costs another one nothing."""
    tracer = bench.spooled()
    dead = bench.follow("dead")
    time.sleep(0.5)
    dead.send_signal(signal.SIGSTOP)
    quick = bench.start(bench.program, "ship", "--from", bench.spool, "--to", "-", "--cursor", bench.path("q.cursor"),
                        stdout=subprocess.PIPE)
    storm = bench.start(sys.executable, os.path.abspath(__file__), "--storm", "200", stdout=subprocess.DEVNULL)
    lags = []
    until = time.monotonic() + 5
    while time.monotonic() < until:
        line = json.loads(quick.stdout.readline())
        now = time.clock_gettime_ns(time.CLOCK_BOOTTIME)
        if line["type"] in KINDS:
            lags.append((now - line["ktime_ns"]) / 1e6)
    bench.end(storm, by=signal.SIGKILL)
    bench.end(tracer)
    quick.kill()
    lags = sorted(lags[len(lags) // 5:])
    demand(lags, "the quick one got nothing")
    p50, p99 = lags[len(lags) // 2], lags[len(lags) * 99 // 100]
    dead.send_signal(signal.SIGCONT)
    bench.end(dead)
    streams = bench.delivered("dead")
    # One that waits for another is late with every line; when the host stalls some are.
    demand(p50 < patiently(100) and p99 < patiently(2000), f"the quick one's lag is {p50:.0f} ms, p99 {p99:.0f} ms")
    return streams, f"lag of the quick one {p50:.1f} ms, p99 {p99:.1f} ms"


def segments_of(spool):
    return sorted(name for name in os.listdir(spool) if ".jsonl" in name)


def fault_segments_damaged(bench):
    tracer, storm = bench.spooled(), bench.storm()
    enough, until = 7, time.monotonic() + patiently(60)
    while len(segments_of(bench.spool)) <= enough and time.monotonic() < until:
        time.sleep(0.1)
    bench.end(storm, by=signal.SIGKILL)
    bench.end(tracer)
    names = segments_of(bench.spool)
    demand(len(names) >= enough, f"only {len(names)} segments")
    place = lambda name: os.path.join(bench.spool, name)
    os.truncate(place(names[1]), os.path.getsize(place(names[1])) // 2)
    os.truncate(place(names[2]), 0)
    os.unlink(place(names[3]))
    shutil.copy(place(names[4]), place("%012d-" % 4711 + names[4].split("-", 1)[1]))
    streams = bench.delivered()
    demand(all(stream.reported for stream in streams.values()), "nothing was told of the damage")
    # One of a newer version ends a follower, and it has not gone past it.
    newest = place(segments_of(bench.spool)[-2])
    data = subprocess.run(["zstd", "-dc", newest], check=True, capture_output=True).stdout
    head, rest = data.split(b"\n", 1)
    subprocess.run(["zstd", "-qf", "-o", newest], check=True, input=head + b"\n" + rest.replace(b'{"v":1', b'{"v":2'))
    done = bench.ship_once("newer")
    demand(done.returncode == 1 and "version 2" in done.stderr, f"a newer version: {done.returncode} {done.stderr}")
    return streams


def fault_second_writer(bench):
    tracer, storm = bench.spooled(), bench.storm()
    time.sleep(1)
    for _ in range(5):
        second = faults.run(bench.program, "trace", "--spool", bench.spool)
        demand(second.returncode == 1 and len(second.stderr.splitlines()) == 1, f"a second writer: {second.stderr}")
    bench.end(storm, by=signal.SIGKILL)
    bench.end(tracer)
    return bench.delivered()


def fault_metrics_unwritable(bench):
    """It ends the follower, and what was delivered by then is in the cursor all the same."""
    tracer, storm = bench.spooled(), bench.storm()
    time.sleep(1)
    bench.end(storm, by=signal.SIGKILL)
    bench.end(tracer)
    follower = bench.follow("out", "--once", "--metrics", bench.path("none/metrics"))
    words = follower.communicate()[1]
    demand(follower.returncode == 1 and "metrics" in words, f"metrics unwritable: {follower.returncode} {words}")
    demand(os.path.exists(bench.path("out.cursor")), "the cursor was not saved")
    return bench.delivered()


RSYSLOG = """global(workDirectory="{folder}" maxMessageSize="128k")
module(load="imfile" mode="inotify")
input(type="imfile" file="{folder}/audit.jsonl" tag="proctree")
template(name="line" type="string" string="%msg%\\n")
action(type="omfile" file="{folder}/theirs" template="line")
"""


def fault_rotated_beside_rsyslog(bench, away_s=0):
    """A file that is rotated every 2 s, and rsyslog's imfile on it, beside the spool and a follower: one trace writes both. Both
    readers may be stopped for a while in the middle. What rsyslog has not read at the end has still half a minute."""
    audit, theirs = bench.path("audit.jsonl"), bench.path("theirs")
    rsyslogd = shutil.which("rsyslogd", path="/usr/sbin:/usr/bin")
    demand(rsyslogd, "rsyslogd is not installed")
    with open(bench.path("rsyslog.conf"), "w", encoding="utf-8") as config:
        config.write(RSYSLOG.format(folder=bench.folder))
    readers = lambda: [bench.start(rsyslogd, "-n", "-f", bench.path("rsyslog.conf"), "-i", bench.path("rsyslog.pid")), bench.follow()]
    tracer = bench.spooled("--format", "jsonl", "--output", audit)
    reading, storm = readers(), bench.storm()
    for turn in range(30 if bench.long else 6 if away_s else 3):
        time.sleep(2)
        faults.wait_for("the file is there again", lambda: os.path.exists(audit))
        os.rename(audit, audit + ".1")
        tracer.send_signal(signal.SIGHUP)
        if turn == 2 and away_s:
            bench.end(*reading)
        if turn == 2 + away_s // 2 and away_s:
            reading = readers()
    bench.end(storm, by=signal.SIGKILL)
    bench.end(tracer)
    size, still, until = -1, 0, time.monotonic() + 30
    while still < 10 and time.monotonic() < until:
        time.sleep(0.5)
        last, size = size, os.path.getsize(theirs) if os.path.exists(theirs) else 0
        still = still + 1 if size == last else 0
    bench.end(*reading)
    streams = bench.delivered()
    (stream,) = streams.values()
    got = collections.Counter()
    with open(theirs, "rb") as lines:
        for line in lines:
            try:
                got[json.loads(line).get("seq")] += 1
            except ValueError:
                got["torn"] += 1
    lost = sum(seq not in got for seq in range(1, stream.last + 1))
    demand(lost < stream.last, "rsyslog wrote no line")
    doubled = sum(count - 1 for seq, count in got.items() if isinstance(seq, int))
    return streams, f"rsyslog beside it: {lost} of {stream.last} lines lost, {doubled} doubled, {got['torn']} torn"


def fault_readers_away(bench):
    return fault_rotated_beside_rsyslog(bench, away_s=4)


def fault_storm_at_the_bound(bench):
    """For --minutes: a spool of 2 MiB, and a follower that is away for half of the time, so that the bound takes what it has not
    had."""
    tracer, follower, storm = bench.spooled("--spool-max", "2"), bench.follow(), bench.storm()
    began = time.monotonic()
    for share, then in ((0.25, signal.SIGSTOP), (0.5, signal.SIGCONT), (0.25, None)):
        time.sleep(bench.minutes * 60 * share)
        demand(tracer.poll() is None and follower.poll() is None, "a tracer or a follower has ended")
        if then:
            follower.send_signal(then)
    minutes = (time.monotonic() - began) / 60
    bench.end(storm, by=signal.SIGKILL)
    bench.end(tracer)
    bench.end(follower)
    streams = bench.delivered()
    demand(any(stream.reported for stream in streams.values()), "the bound took nothing that was not read")
    lives = sum(stream.sums["exits"] for stream in streams.values())
    return streams, f"{minutes:.0f} minutes, {lives} lives, {lives / minutes / 60:.0f} a second"


FAULTS = collections.OrderedDict([
    ("none", fault_none), ("fold", fault_fold), ("tracer-killed", fault_tracer_killed), ("disk-full", fault_disk_full),
    ("bound-reached", fault_bound_reached), ("follower-killed", fault_follower_killed),
    ("documents-killed", fault_documents_killed), ("rotated-and-killed", fault_rotated_and_killed),
    ("slow-beside-quick", fault_slow_beside_quick), ("segments-damaged", fault_segments_damaged),
    ("second-writer", fault_second_writer), ("metrics-unwritable", fault_metrics_unwritable),
    ("rotated-beside-rsyslog", fault_rotated_beside_rsyslog), ("readers-away-for-4s", fault_readers_away)])
ON_REQUEST = {"storm-at-the-bound": fault_storm_at_the_bound}  # takes an hour


def run_storm(rate):
    """So many lives a second, as far as this host can."""
    began, lives = time.monotonic(), 0
    while True:
        due = began + lives / rate
        now = time.monotonic()
        if due > now:
            time.sleep(due - now)
        os.waitpid(os.posix_spawn("/bin/true", ["/bin/true", str(lives % 100)], {}), 0)
        lives += 1


def run_fault(name, options):
    found, wrong = faults.run_row({**FAULTS, **ON_REQUEST}[name], Bench(options))
    if wrong is None:
        streams, remark = found if isinstance(found, tuple) else (found, "")
        numbers = [sum(getattr(stream, what) for stream in streams.values()) for what in ("last", "found", "doubled", "reported")]
        print(f"| {name} | {len(streams)} | " + " | ".join(map(str, numbers)) + f" | equal | {remark} |", flush=True)
    else:
        print(f"| {name} | | | | | | WRONG: {wrong} | |", flush=True)
    return wrong is None


def main():
    if len(sys.argv) == 3 and sys.argv[1] == "--storm":
        return run_storm(float(sys.argv[2]))
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("program")
    parser.add_argument("--minutes", type=float, default=60, help="of storm-at-the-bound, which runs only where it is named")
    parser.add_argument("--long", action="store_true", help="with the numbers of docs/reliability.md")
    parser.add_argument("--rate", type=float, default=2000)
    options = faults.parse(parser, [*FAULTS, *ON_REQUEST], FAULTS)
    options.program = os.path.abspath(options.program)
    if "PROCTREE_DELIVERY" not in os.environ:  # what is mounted goes with us
        os.environ["PROCTREE_DELIVERY"] = "unshared"
        os.execvp("unshare", ["unshare", "--mount", sys.executable, *sys.argv])
    print("| fault | streams | lines expected | found | doubled | told lost | sums | |\n| --- | --- | --- | --- | --- | --- | --- | --- |",
          flush=True)
    right = [run_fault(name, options) for name in options.rows]
    return 0 if all(right) else 1


sys.exit(main())
