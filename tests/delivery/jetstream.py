#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
"""jetstream.py PROCTREE [--long] [--rate LINES_A_SECOND] [ROW...]: what reaches a stream of NATS JetStream from a
spool, while server, network and ship fail. A row for each fault; exit status 1 where a row is wrong. Needs nats-server
and openssl, and neither root nor a network: servers listen on free ports of the loopback.

The spool is this program's own, so that its account is known: lines 1 to N of a stream, written at a rate. After each
fault the stream is read back by proctree: of lines told apart by (stream, seq) none may be missing. Raw duplicates
are counted: the server's duplicate window takes most of them."""
import argparse
import base64
import calendar
import collections
import concurrent.futures
import contextlib
import glob
import json
import os
import random
import select
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time

import faults
from faults import Wrong, demand, free_port, patiently, refused, wait_for

BOOT = "00c0ffee00c0ffee"
WINDOW = 4000  # lines that ship has unacknowledged at most


class Feeder(threading.Thread):
    """A spool that grows: one stream, one open segment."""

    def __init__(self, folder, rate, number=1, host="web-1.example", long_lines=0):
        super().__init__(daemon=True)
        self.stream = f"{BOOT}-{number}-4711"
        self.folder, self.rate, self.host, self.long_lines = folder, rate, host, long_lines
        self.last = 0
        self.opening = None  # the `segment` line's own fields, of a segment that doesn't begin the stream
        self.done = threading.Event()
        os.makedirs(folder, exist_ok=True)
        self.path = os.path.join(folder, f"000000000001-{self.stream}-1.jsonl")

    def line(self, kind, **fields):
        self.last += 1
        now = time.time_ns()
        when = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(now // 10**9)) + f".{now % 10**9:09}Z"
        return json.dumps({"v": 1, "type": kind, "stream": self.stream, "seq": self.last, "time": when,
                           "ktime_ns": time.clock_gettime_ns(time.CLOCK_BOOTTIME), **fields}, separators=(",", ":")) + "\n"

    def run(self):
        began = time.monotonic()
        with open(self.path, "w", encoding="utf-8") as file:
            before = self.last
            if self.opening:
                line = json.loads(self.line("segment", **self.opening))
                self.last -= 1
                del line["seq"]
                file.write(json.dumps(line, separators=(",", ":")) + "\n")
            else:
                file.write(self.line("start", host={"name": self.host}, tracer={"version": "0"}))
            while not self.done.is_set():
                due = int((time.monotonic() - began) * self.rate) - (self.last - before)
                for _ in range(max(due, 0)):
                    arguments = ["true", "x" * 500]
                    if self.long_lines and self.last % self.long_lines == 0:
                        arguments += ["y" * 20000]
                    file.write(self.line("exec", pid=1, id=f"{BOOT}-1-1", comm="true", args=arguments))
                file.flush()
                time.sleep(0.02)

    def stop(self):
        self.done.set()
        self.join()
        return self.last


class Server:
    def __init__(self, bench, name="server", extra="", port=None):
        self.bench, self.name, self.extra = bench, name, extra
        self.port = port or free_port()
        self.store = bench.path(name + ".store")
        self.log = bench.path(name + ".log")
        self.config = bench.path(name + ".conf")
        self.child = None
        self.configure(extra)

    def configure(self, extra):
        with open(self.config, "w", encoding="utf-8") as file:
            file.write(f'server_name: {self.name}\nlisten: "127.0.0.1:{self.port}"\n'
                       f'jetstream {{ store_dir: "{self.store}" }}\n{extra}\n')

    def start(self):
        self.child = self.bench.spawn("nats-server", "-c", self.config, "-l", self.log)
        wait_for(f"{self.name} listens", self.listens)
        return self

    def listens(self):
        demand(self.child.poll() is None, f"nats-server ended: {self.tail()}")
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port), 1) as probe:
            return probe.recv(4) == b"INFO"
        return False

    def tail(self):
        with contextlib.suppress(OSError), open(self.log, encoding="utf-8") as log:
            return log.read()[-400:]
        return ""

    def stop(self, by=signal.SIGTERM):
        self.child.send_signal(by)
        self.child.wait(patiently(30))

    def reload(self, extra):
        self.configure(extra)
        self.child.send_signal(signal.SIGHUP)

    def request(self, subject, body, seconds=30):
        """A request of JetStream's API, as any client makes it."""
        with socket.create_connection(("127.0.0.1", self.port), patiently(seconds)) as connection:
            stream = connection.makefile("rwb")
            stream.readline()
            text = json.dumps(body).encode()
            stream.write(b'CONNECT {"verbose":false,"pedantic":false}\r\nSUB reply 1\r\n' +
                         b"PUB %s reply %d\r\n%s\r\n" % (subject.encode(), len(text), text))
            stream.flush()
            while True:
                head = stream.readline()
                demand(head, f"no answer to {subject}")
                if head.startswith(b"MSG"):
                    return json.loads(stream.read(int(head.split()[-1])))

    def stream(self):
        return self.request("$JS.API.STREAM.INFO.LINES", {})["config"]

    def update_stream(self, **changes):
        answer = self.request("$JS.API.STREAM.UPDATE.LINES", self.stream() | changes)
        demand("error" not in answer, f"the stream could not be changed to {changes}: {answer.get('error')}")

    @property
    def url(self):
        return f"nats://127.0.0.1:{self.port}/LINES"


class Proxy(threading.Thread):
    """Between ship and its server: it can hold what goes through, as a network does that drops packets, and slow it."""

    def __init__(self, port):
        super().__init__(daemon=True)
        self.target = port
        self.reported = []  # ports of other servers, which it tells its clients of
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.dead = set()
        self.pairs = []
        self.rate = None  # bytes a second, of each direction of a connection
        self.bursts = None  # seconds that what comes to a client in bulk waits; the last fifth of it comes later still

    @property
    def url(self):
        return f"nats://127.0.0.1:{self.port}/LINES"

    def run(self):
        with contextlib.suppress(OSError):
            while True:
                client, _ = self.listener.accept()
                server = socket.create_connection(("127.0.0.1", self.target))
                self.pairs.append((client, server))
                for one, other in ((client, server), (server, client)):
                    threading.Thread(target=self.pump, args=(one, other, len(self.pairs)), daemon=True).start()

    def pump(self, one, other, number):
        with contextlib.suppress(OSError):
            while data := one.recv(1 << 16):
                if self.reported and data.startswith(b"INFO {"):
                    urls = json.dumps([f"127.0.0.1:{port}" for port in self.reported]).encode()
                    data = data.replace(b"{", b'{"connect_urls":' + urls + b",", 1)
                if self.rate:
                    time.sleep(0.05 + len(data) / self.rate)
                if self.bursts and other is self.pairs[number - 1][0] and len(data) > 4000:
                    data = self.burst(one, other, data)
                if number not in self.dead:
                    other.sendall(data)
        # A connection that is held says nothing of its end either.
        if number not in self.dead:
            for end in (one, other):
                with contextlib.suppress(OSError):
                    end.shutdown(socket.SHUT_RDWR)

    def burst(self, one, other, data):
        """Sends four fifths of what there is after that time; the rest is returned, later."""
        until = time.monotonic() + self.bursts
        while (left := until - time.monotonic()) > 0:
            if select.select([one], [], [], left)[0]:
                more = one.recv(1 << 16)
                if not more:
                    break
                data += more
        first = len(data) * 4 // 5
        other.sendall(data[:first])
        time.sleep(0.2)
        return data[first:]

    def hold(self):
        """Those that there are; the next one works."""
        self.dead |= set(range(1, len(self.pairs) + 1))

    def cut(self):
        for pair in self.pairs:
            for end in pair:
                with contextlib.suppress(OSError):
                    end.shutdown(socket.SHUT_RDWR)

    def close(self):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        self.cut()


class Bench(faults.Bench):
    def __init__(self, options):
        super().__init__("jetstream")
        self.program, self.rate, self.long = options.program, options.rate, options.long
        self.feeders = []
        self.ships = {}  # by the names of what they write, the last of each
        self.resent = self.reported_lost = 0

    def feed(self, name="spool", rate=None, **options):
        feeder = Feeder(self.path(name), rate or self.rate, **options)
        self.feeders.append(feeder)
        feeder.start()
        return feeder

    def ship(self, url, *arguments, spool="spool", name=None, environment=None):
        """`name`: of what it writes; that of the spool, where one ship reads it."""
        name = name or spool
        log = open(self.path(name + ".ship"), "a", encoding="utf-8")
        self.ships[name] = self.spawn(self.program, "ship", "--from", self.path(spool), "--to", url, "--cursor",
                                      self.path(name + ".cursor"), "--metrics", self.path(name + ".prom"), *arguments,
                                      stderr=log, env=environment)
        return self.ships[name]

    def said(self, spool="spool"):
        with contextlib.suppress(OSError), open(self.path(spool + ".ship"), encoding="utf-8") as log:
            return log.read()
        return ""

    def metric(self, name, spool="spool"):
        with contextlib.suppress(OSError), open(self.path(spool + ".prom"), encoding="utf-8") as file:
            for line in file:
                if line.startswith(f"proctree_ship_{name} "):
                    return int(line.split()[1])
        return 0

    def acknowledged(self, spool="spool"):
        with contextlib.suppress(OSError, ValueError), open(self.path(spool + ".cursor"), encoding="utf-8") as file:
            return json.load(file)["streams"][0]["seq"]
        return 0

    def until_acknowledged(self, last, spool="spool", seconds=90):
        def is_acknowledged():
            ended = self.ships[spool].poll()
            demand(ended is None, f"ship ended with {ended}: {self.said(spool)[-300:]}")
            return self.acknowledged(spool) == last
        wait_for(lambda: f"line {last} acknowledged, not {self.acknowledged(spool)} (said: {self.said(spool)[-300:]})",
                 is_acknowledged, seconds)

    def read_back(self, server, *arguments):
        out = self.path("out.jsonl")
        with contextlib.suppress(OSError):
            os.unlink(out)
        done = faults.run(self.program, "ship", "--from", server.url, "--to", out, "--once", *arguments, seconds=120)
        demand(done.returncode == 0, f"reading back: {done.stderr}")
        with open(out, encoding="utf-8") as lines:
            return [json.loads(line) for line in lines]

    def end(self, child):
        child.send_signal(signal.SIGTERM)
        demand(child.wait(patiently(30)) == 0, f"ship ended with {child.returncode}: {self.said()[-300:]}")
        self.resent = max(self.resent, self.metric("resent_lines_total"))

    def close(self):
        for feeder in self.feeders:
            feeder.stop()
        super().close()

    def delivered(self, server, *feeders, arguments=()):
        """The row's numbers; every line is there."""
        lines = self.read_back(server, *arguments)
        counts = collections.Counter((line["stream"], line["seq"]) for line in lines)
        wanted = {(feeder.stream, seq) for feeder in feeders for seq in range(1, feeder.last + 1)}
        missing = wanted - counts.keys()
        demand(not missing, f"{len(missing)} of {len(wanted)} lines are missing, from {min(missing) if missing else ''}")
        demand(counts.keys() == wanted, "lines that were never written")
        doubled = sum(counts.values()) - len(counts)
        return len(wanted), len(counts), doubled


def begin(bench, *arguments, extra="", environment=None, **feed):
    server = Server(bench, extra=extra).start()
    feeder = bench.feed(**feed)
    return server, feeder, bench.ship(server.url, "--create", *arguments, environment=environment)


def finish(bench, server, feeder, ship, remark="", seconds=90):
    bench.until_acknowledged(feeder.stop(), seconds=seconds)
    bench.end(ship)
    numbers = bench.delivered(server, feeder)
    demand(numbers[2] <= WINDOW, f"{numbers[2]} raw duplicates of one outage")
    return numbers, remark


def fault_none(bench):
    server, feeder, ship = begin(bench)
    time.sleep(3)
    return finish(bench, server, feeder, ship)


def fault_server_down(bench):
    server, feeder, ship = begin(bench)
    time.sleep(1)
    server.stop()
    time.sleep(600 if bench.long else 4)
    server.start()
    time.sleep(1)
    return finish(bench, server, feeder, ship, seconds=600 if bench.long else 60)


def fault_server_killed(bench):
    server, feeder, ship = begin(bench)
    for _ in range(10 if bench.long else 3):
        time.sleep(1)
        server.stop(signal.SIGKILL)
        time.sleep(0.3)
        server.start()
    return finish(bench, server, feeder, ship)


def fault_clock_step(bench):
    """ship's own clock (libfaketime's): an hour ahead, then an hour behind, while its server stands still and is killed, and right again."""
    clock = bench.path("clock")

    def step(hours):
        with open(clock + ".new", "w", encoding="utf-8") as file:
            file.write(f"{hours:+d}h\n")
        os.rename(clock + ".new", clock)

    step(0)
    library = glob.glob("/usr/lib/*/faketime/libfaketimeMT.so.1")
    demand(library, "libfaketime is not installed")
    sanitizer = os.environ.get("ASAN_OPTIONS", "") + ":verify_asan_link_order=0"
    environment = os.environ | {"LD_PRELOAD": library[0], "FAKETIME_TIMESTAMP_FILE": clock, "FAKETIME_CACHE_DURATION": "1",
                                "FAKETIME_DONT_FAKE_MONOTONIC": "1", "ASAN_OPTIONS": sanitizer}
    server, feeder, ship = begin(bench, environment=environment)
    wait_for("ship puts lines", lambda: bench.metric("lines_total") > 0)
    for hours in (1, -1, 0):
        step(hours)
        server.child.send_signal(signal.SIGSTOP)
        # While lines lack their acknowledgement the age of the last one shows the clock that ship has.
        wait_for(lambda: f"a lag of {hours} hours (said: {bench.said()[-300:]})",
                 lambda: bench.metric("lag_lines") > 0 and (bench.metric("lag_seconds") > 3000) == (hours == 1))
        server.stop(signal.SIGKILL)
        server.start()
        time.sleep(0.5)
    return finish(bench, server, feeder, ship)


def fault_stream_full(bench):
    server, feeder, ship = begin(bench, "--max-bytes", "2")
    wait_for("the stream is full", lambda: bench.metric("refused_total") > 0)
    time.sleep(10 if bench.long else 2)
    demand(server.stream()["discard"] == "new", "--create made a stream that drops its oldest")
    server.update_stream(max_bytes=-1)
    numbers, _ = finish(bench, server, feeder, ship)
    demand("refuses lines" in bench.said(), "nothing was said of the full stream")
    return numbers, f"{bench.metric('refused_total')} refusals"


def fault_ship_killed(bench):
    """While it works: one that is killed before it has put a line would leave nothing to be tried, not even a stream."""
    server, feeder, ship = begin(bench)
    for _ in range(100 if bench.long else 20):
        wait_for(lambda: f"ship puts lines (said: {bench.said()[-300:]})", lambda: bench.metric("lines_total") > 0)
        time.sleep(random.random() * 0.15)
        ship.kill()
        ship.wait()
        os.unlink(bench.path("spool.prom"))
        ship = bench.ship(server.url)
    bench.until_acknowledged(feeder.stop())
    bench.end(ship)
    return bench.delivered(server, feeder), ""


def fault_max_payload_lowered(bench):
    server, feeder, ship = begin(bench, long_lines=50)
    time.sleep(1)
    server.stop()
    server.configure("max_payload: 10000")
    server.start()
    time.sleep(1.5)
    numbers, _ = finish(bench, server, feeder, ship)
    cut = [line for line in bench.read_back(server) if line.get("line_truncated")]
    demand(cut and cut[0].get("args_truncated"), "no line was cut")
    demand(all(len(json.dumps(line, separators=(",", ":"))) < 10000 for line in cut), "a cut line is too long")
    server.stop()
    server.configure("max_payload: 9000")
    server.start()
    small = faults.run(bench.program, "ship", "--from", bench.path("spool"), "--to", server.url, "--once")
    demand(small.returncode == 1 and "9216" in small.stderr, f"a server below 9216: {small.returncode} {small.stderr}")
    return numbers, f"{len(cut)} lines cut"


def fault_message_size_lowered(bench):
    """The stream's own limit, while as many lines are on their way as may be."""
    bench.rate *= 10
    server, feeder = Server(bench).start(), bench.feed(long_lines=20)
    time.sleep(1)
    ship = bench.ship(server.url, "--create")
    wait_for("ship has begun", lambda: bench.metric("lines_total") > 0)
    server.update_stream(max_msg_size=10000)
    wait_for("a line is cut", lambda: bench.metric("cut_lines_total") > 0)
    numbers, _ = finish(bench, server, feeder, ship)
    demand(bench.metric("cut_lines_total") > 0, "no line was cut")
    return numbers, f"{bench.metric('cut_lines_total')} lines cut, {bench.metric('refused_total')} refusals"


def anyone_may_publish(what):
    return ('authorization { users = [ { user: anyone, password: none, permissions: { publish: %s, subscribe: ">" } } ] }\n'
            "no_auth_user: anyone\n" % what)


def fault_permission_withdrawn(bench):
    server, feeder, ship = begin(bench, extra=anyone_may_publish('">"'))
    time.sleep(1)
    server.reload(anyone_may_publish('{ deny: "proctree.>" }'))
    time.sleep(60 if bench.long else 7)
    server.reload(anyone_may_publish('">"'))
    return finish(bench, server, feeder, ship)


def fault_nothing_acknowledged(bench):
    """A server that takes lines and says nothing: ship says so and goes on."""
    server, feeder, ship = begin(bench)
    wait_for("lines arrive", lambda: bench.acknowledged() > 0)
    server.update_stream(no_ack=True)
    silent = "acknowledges nothing"
    wait_for(lambda: f"ship says that nothing is acknowledged (said: {bench.said()[-300:]})",
             lambda: silent in bench.said())
    server.update_stream(no_ack=False)
    return finish(bench, server, feeder, ship)


def behind_proxy(bench, fault, seconds):
    server = Server(bench).start()
    proxy = Proxy(server.port)
    proxy.start()
    feeder = bench.feed()
    ship = bench.ship(proxy.url, "--create")
    time.sleep(1)
    fault(proxy)
    time.sleep(seconds)
    return finish(bench, server, feeder, ship)


def fault_half_open(bench):
    return behind_proxy(bench, Proxy.hold, 1)


def fault_network_cut(bench):
    def cut(proxy):
        for _ in range(5):
            proxy.cut()
            time.sleep(0.5)
    return behind_proxy(bench, cut, 0)


def fault_network_slowed(bench):
    """To a tenth of what is written, and 50 ms a packet; acknowledgements come later than ship waits for them."""
    def slow(proxy):
        proxy.rate = bench.rate * 70
        time.sleep(20 if bench.long else 8)
        demand(bench.acknowledged() < bench.feeders[0].last, "nothing waits")
        proxy.rate = None
    return behind_proxy(bench, slow, 0)


def fault_reader_slowed(bench):
    """Lines come in bursts, and later than a reader waits for them: more of them at once than it asks for."""
    server, feeder, ship = begin(bench)
    wait_for("lines of several batches are written", lambda: feeder.last > 3000)
    bench.until_acknowledged(feeder.stop())
    bench.end(ship)
    proxy = Proxy(server.port)
    proxy.bursts = 1.2
    proxy.start()
    out, said = bench.path("followed.jsonl"), bench.path("reader")
    reader = bench.spawn(bench.program, "ship", "--from", proxy.url, "--to", out, "--name", "reader",
                         stderr=open(said, "w", encoding="utf-8"))

    def followed():
        with contextlib.suppress(OSError), open(out, "rb") as file:
            whole = file.read().rpartition(b"\n")[0]  # one look: the head of an unfinished line stays with its rest
            return [json.loads(line)["seq"] for line in whole.splitlines()]
        return []

    def has_all():
        with open(said, encoding="utf-8") as text:
            demand(reader.poll() is None, f"the reader ended with {reader.poll()}: {text.read()[-300:]}")
        return len(followed()) >= feeder.last
    wait_for(lambda: f"{feeder.last} lines followed, not {len(followed())}", has_all)
    bench.end(reader)
    demand(sorted(followed()) == list(range(1, feeder.last + 1)), "other lines were followed than were written")
    return bench.delivered(proxy, feeder), ""


def lags(server, first, last):
    """Milliseconds from a line's time to its storage by the server, of lines of that range, sorted."""
    found = []
    for seq in range(first, last, max(1, (last - first) // 200)):
        message = server.request("$JS.API.STREAM.MSG.GET.LINES", {"seq": seq})["message"]
        written = json.loads(base64.b64decode(message["data"]))["time"]
        found.append((nanoseconds(message["time"]) - nanoseconds(written)) / 1e6)
    return sorted(found)


def nanoseconds(text):
    """Of a time of RFC 3339, in UTC; Go leaves zeros at the end out."""
    seconds, _, fraction = text.rstrip("Z").partition(".")
    return calendar.timegm(time.strptime(seconds, "%Y-%m-%dT%H:%M:%S")) * 10**9 + int(fraction.ljust(9, "0"))


def fault_slow_beside_quick(bench):
    """One spool to three servers: one is dead, one behind a slow network. The third has its lines as soon as alone."""
    servers = [Server(bench, name).start() for name in ("quick", "slow")]
    proxy = Proxy(servers[1].port)
    proxy.rate = bench.rate * 70
    proxy.start()
    feeder = bench.feed()
    quick = bench.ship(servers[0].url, "--create", name="quick")
    wait_for("the quick one has begun", lambda: bench.acknowledged("quick") > 0)
    alone = [feeder.last]
    time.sleep(4)
    alone.append(bench.acknowledged("quick"))
    dead = bench.ship(servers[0].url, name="dead")
    dead.send_signal(signal.SIGSTOP)
    slow = bench.ship(proxy.url, "--create", name="slow")
    wait_for("the slow one has begun", lambda: bench.acknowledged("slow") > 0)
    beside = [feeder.last]
    time.sleep(6)
    beside.append(bench.acknowledged("quick"))
    behind = feeder.last - bench.acknowledged("slow")
    demand(behind > bench.rate, f"the slow one is only {behind} lines behind")
    bench.until_acknowledged(feeder.stop(), "quick")
    p99 = [found[len(found) * 99 // 100] for found in (lags(servers[0], *of) for of in (alone, beside))]
    # One that had to wait for another would be seconds behind; what else a busy host does is some 100 ms.
    demand(p99[1] < max(patiently(1000), 3 * p99[0]), f"the quick one's p99 lag: {p99[0]:.0f} ms alone, {p99[1]:.0f} ms beside others")
    proxy.rate = None
    bench.until_acknowledged(feeder.last, "slow")
    for ship in (quick, slow):
        bench.end(ship)
    demand(bench.delivered(servers[1], feeder)[1] == feeder.last, "the slow one's stream")
    return bench.delivered(servers[0], feeder), f"p99 lag of the quick one {p99[1]:.0f} ms, alone {p99[0]:.0f} ms"


def fault_reported_servers_gone(bench):
    """One server is named, and reports two others. Whichever is used goes, and then the next."""
    server = Server(bench).start()
    named = []
    for _ in range(2):  # for ship, for a collector
        proxies = [Proxy(server.port) for _ in range(3)]
        for proxy in proxies:
            proxy.reported = [other.port for other in proxies if other is not proxy]
            proxy.start()
        named.append(proxies)

    def outlived(proxies, progress):
        while True:
            wait_for("a server is used", lambda: any(proxy.pairs for proxy in proxies))
            before = progress()
            wait_for("lines go on", lambda: progress() > before)
            if len(proxies) == 1:
                return
            used = next(proxy for proxy in proxies if proxy.pairs)
            proxies.remove(used)
            used.close()
    feeder = bench.feed()
    ship = bench.ship(named[0][0].url, "--create")
    outlived(named[0], bench.acknowledged)
    collected = bench.path("collected")
    collector = bench.spawn(bench.program, "ship", "--from", named[1][0].url, "--to", collected, "--name", "store",
                            stderr=subprocess.DEVNULL)
    outlived(named[1], lambda: os.path.exists(collected) and os.path.getsize(collected))
    bench.end(collector)
    return finish(bench, server, feeder, ship)


def fault_bound_reached(bench):
    """What the spool's bound took while the server was away is reported, under a key of its own."""
    server = Server(bench)
    first = bench.feed()
    ship = bench.ship(f"nats://127.0.0.1:{server.port}/LINES", "--create")
    time.sleep(1)
    dropped = first.stop()
    ship.terminate()
    ship.wait()
    second = Feeder(bench.path("spool"), bench.rate)
    second.last = dropped
    second.path = os.path.join(bench.path("spool"), f"000000000002-{second.stream}-{dropped + 1}.jsonl")
    second.opening = {"first_seq": dropped + 1, "host": {"name": "web-1.example"}, "tracer": {},
                      "totals": {"forks": 0, "execs": dropped - 1, "exits": 0, "lost": 0}}
    os.unlink(first.path)
    bench.feeders.append(second)
    second.start()
    server.start()
    ship = bench.ship(server.url, "--create")
    time.sleep(1)
    bench.until_acknowledged(second.stop())
    bench.end(ship)
    lines = bench.read_back(server)
    gaps = [line for line in lines if line["type"] == "lost"]
    demand([(gap["where"], gap["seq_from"], gap["seq_to"], gap["count"], gap["execs"]) for gap in gaps] ==
           [("spool", 1, dropped, dropped, dropped - 1)], f"the gaps are {gaps}")
    demand(sorted(line["seq"] for line in lines if "seq" in line) == list(range(dropped + 1, second.last + 1)),
           "lines are missing")
    headers = base64.b64decode(server.request("$JS.API.STREAM.MSG.GET.LINES", {"seq": 1})["message"]["hdrs"]).decode()
    demand(f"Nats-Msg-Id: {second.stream}-1-{dropped}-lost\r\n" in headers, headers)
    bench.reported_lost = dropped
    return (second.last, second.last - dropped, 0), ""


def fault_two_hosts_of_one_name(bench):
    server = Server(bench).start()
    feeders = [bench.feed(f"spool{number}", number=number) for number in (1, 2)]
    ships = [bench.ship(server.url, "--create", spool=f"spool{number}") for number in (1, 2)]
    time.sleep(2)
    for number, feeder in enumerate(feeders, 1):
        bench.until_acknowledged(feeder.stop(), f"spool{number}")
    for ship in ships:
        bench.end(ship)
    return bench.delivered(server, *feeders), ""


def fault_collector_restarted(bench):
    """What only the first line of a stream says, in each document: of two hosts' lines in turns, also by a collector that begins
    behind both."""
    server = Server(bench).start()
    hosts = ["web-1.example", "web-2.example"]
    feeders = [bench.feed(f"spool{number}", number=number, host=host) for number, host in enumerate(hosts, 1)]
    ships = [bench.ship(server.url, "--create", spool=f"spool{number}") for number in (1, 2)]
    collect = [bench.program, "ship", "--from", server.url, "--format", "ecs", "--name", "documents", "--to"]

    def check(file):
        with open(bench.path(file), encoding="utf-8") as text:
            found = {(line["proctree"]["stream"], line["host"].get("name")) for line in map(json.loads, text)}
        demand(found == {(feeder.stream, feeder.host) for feeder in feeders}, f"{file} has {found}")

    def has_both():
        with contextlib.suppress(OSError), open(bench.path("first.ecs"), encoding="utf-8") as text:
            written = text.read()
            return all(feeder.stream in written for feeder in feeders)
        return False

    for number in (1, 2):
        wait_for("both hosts' lines are in the stream", lambda spool=f"spool{number}": bench.acknowledged(spool) > 0)
    first = bench.spawn(*collect, bench.path("first.ecs"), stderr=subprocess.DEVNULL)
    wait_for("documents of both hosts", has_both)
    bench.end(first)
    check("first.ecs")
    for number, feeder in enumerate(feeders, 1):
        bench.until_acknowledged(feeder.stop(), f"spool{number}")
    for ship in ships:
        bench.end(ship)
    rest = faults.run(*collect, bench.path("rest.ecs"), "--once", seconds=90)
    demand(rest.returncode == 0, rest.stderr)
    check("rest.ecs")
    return bench.delivered(server, *feeders), "documents have their hosts"


def fault_collector_killed(bench):
    """A durable consumer, killed again and again: what was not acknowledged comes again, into a store once."""
    server, feeder, ship = begin(bench)
    store = "sqlite:" + bench.path("history.db")
    collect = [bench.program, "ship", "--from", server.url, "--to", store, "--name", "store"]
    for _ in range(20 if bench.long else 4):
        collector = bench.spawn(*collect, stderr=subprocess.DEVNULL)
        time.sleep(0.7)
        collector.kill()
        collector.wait()
    last = feeder.stop()
    bench.until_acknowledged(last)
    bench.end(ship)
    # What the last one killed had is delivered again after ack_wait (60 s); another name reads all of it.
    rest = faults.run(*collect[:-1], "other", "--once", seconds=120)
    demand(rest.returncode == 0, f"the collector: {rest.stderr}")
    exported = subprocess.run([bench.program, "history", store, "export"], capture_output=True, text=True, check=True).stdout
    seqs = [json.loads(line)["seq"] for line in exported.splitlines()]
    demand(sorted(seqs) == list(range(1, last + 1)), f"{len(seqs)} lines in the store, {last} written")
    return (last, len(seqs), 0), "in a store"


def fault_until_stored(bench):
    """The cursor waits for a collector; what the stream loses before that reads it is sent again (after a minute)."""
    server, feeder, ship = begin(bench, "--until-stored", extra=anyone_may_publish('">"'))
    time.sleep(2)
    last = feeder.stop()
    wait_for("all is in the stream", lambda: server.request("$JS.API.STREAM.INFO.LINES", {}).get("state", {}).get("last_seq", 0) >= last)
    time.sleep(1.5)
    demand(bench.acknowledged() == 0, "the cursor moved without a collector")
    server.reload(anyone_may_publish('{ deny: ["$JS.API.DIRECT.GET.KV_proctree-stored.>", "$JS.API.STREAM.MSG.GET.KV_proctree-stored"] }'))
    unread = "cannot read what is stored"
    wait_for("ship says that it can't read the bucket", lambda: unread in bench.said())
    time.sleep(12)  # two attempts more, of 5 s each
    demand(bench.said().count(unread) == 1, f"it says it each time: {bench.said()}")
    server.reload(anyone_may_publish('">"'))
    if bench.long:
        for seq in range(100, 200):
            demand("error" not in server.request("$JS.API.STREAM.MSG.DELETE.LINES", {"seq": seq}), "a message stays")
    store = "sqlite:" + bench.path("history.db")
    collector = bench.spawn(bench.program, "ship", "--from", server.url, "--to", store, "--name", "store", "--until-stored")
    bench.until_acknowledged(last, seconds=120)
    bench.end(ship)
    bench.end(collector)
    exported = subprocess.run([bench.program, "history", store, "export"], capture_output=True, text=True, check=True).stdout
    seqs = [json.loads(line)["seq"] for line in exported.splitlines()]
    demand(sorted(seqs) == list(range(1, last + 1)), f"{len(seqs)} lines in the store, {last} written")
    return (last, len(seqs), 0), "in a store" + (", 100 of them lost by the stream" if bench.long else "")


def fault_cluster_leader_killed(bench):
    ports = [free_port() for _ in range(3)]
    routes = ", ".join(f'"nats://127.0.0.1:{port}"' for port in ports)
    servers = [Server(bench, f"s{n}", f'cluster {{ name: c, listen: "127.0.0.1:{port}", routes: [{routes}] }}')
               for n, port in enumerate(ports)]
    for server in servers:
        server.start()
    by_name = {server.name: server for server in servers}
    hosts = ",".join(f"127.0.0.1:{server.port}" for server in servers)
    bench.rate = min(bench.rate, 900)
    feeder = bench.feed()
    url = f"nats://{hosts}/LINES"

    def ask(server, subject, body):
        """While it elects, nobody answers."""
        with contextlib.suppress(Wrong, OSError):
            answer = server.request(subject, body, seconds=3)
            return None if "error" in answer else answer
        return None

    def leader(server):
        return ((ask(server, "$JS.API.STREAM.INFO.LINES", {}) or {}).get("cluster") or {}).get("leader")
    wait_for("the cluster has a leader", lambda: ask(servers[0], "$JS.API.INFO", {}))
    wait_for("the cluster has a stream", lambda: ask(servers[0], "$JS.API.STREAM.CREATE.LINES", {
        "name": "LINES", "subjects": ["proctree.v1.>"], "retention": "limits", "storage": "file", "discard": "new",
        "num_replicas": 3}))
    ship = bench.ship(url)
    killed = None
    for _ in range(10 if bench.long else 2):
        time.sleep(2)
        if killed:
            killed.start()
            time.sleep(3)
        living = next(server for server in servers if server is not killed)
        wait_for("the stream has a leader", lambda: leader(living))
        killed = by_name[leader(living)]
        killed.stop(signal.SIGKILL)
    bench.until_acknowledged(feeder.stop())
    bench.end(ship)
    killed.start()
    living = next(server for server in servers if server is not killed)
    # A new leader answers before it has applied all that was acknowledged, and a reader takes it at its word.
    wait_for("the stream's leader has all that was acknowledged", lambda: (
        (ask(living, "$JS.API.STREAM.INFO.LINES", {}) or {}).get("state") or {}).get("last_seq", 0) >= feeder.last)
    # The cluster's own leader, which makes the reader's consumer, may be another.
    wait_for("the cluster has a leader", lambda: ask(living, "$JS.API.INFO", {}))
    return bench.delivered(living, feeder), ""


def check_usage(bench):
    """Not a fault: what is refused at once, and what is said of it."""
    feeder = bench.feed()
    wait_for("lines are written", lambda: feeder.last > 10)
    feeder.stop()
    server = Server(bench).start()

    def ship(to, *arguments, source=None):
        return faults.run(bench.program, "ship", "--from", source or bench.path("spool"), "--to", to, *arguments)

    secret = ship(f"nats://user:s3cret@127.0.0.1:{server.port}/LINES", "--once")
    refused(secret, 2, "--credentials")
    demand("s3cret" not in secret.stderr, "the password is repeated")
    refused(ship(server.url, "--once"), 1, "LINES", "--create")
    refused(ship(f"nats://127.0.0.1:{free_port()}/LINES", "--once"), 1)
    refused(ship(bench.path("x"), "--cursor", bench.path("c"), source=server.url), 2, "--cursor")
    refused(ship(bench.folder, source=server.url), 2, "--to")
    for words in (("history", server.url, "find"), ("why", "--history", server.url, "1")):
        refused(faults.run(bench.program, *words), 1, "nats://", "sqlite:FILE")
    # A program that was moved with its prefix finds its other half there.
    for folder in ("bin", "libexec/proctree"):
        os.makedirs(bench.path("prefix/" + folder))
    shutil.copy(bench.program, bench.path("prefix/bin/proctree"))
    other = bench.path("prefix/libexec/proctree/proctree-ship")
    with open(other, "w", encoding="utf-8") as file:
        file.write("#!/bin/sh\necho found $1\n")

    def moved():
        return faults.run(bench.path("prefix/bin/proctree"), "ship", "--from", bench.path("spool"), "--to", server.url,
                          "--once").stdout
    os.chmod(other, 0o755)
    demand(moved() == "found ship\n", "proctree-ship of the same prefix isn't found")
    os.chmod(os.path.dirname(other), 0o777)
    demand(moved() != "found ship\n", "a proctree-ship that others may have put there is executed")
    demand(ship(server.url, "--once", "--create").returncode == 0, "--create")
    refused(ship(server.url.replace("LINES", "OTHER"), "--once", "--create"), 1, "LINES")
    config = server.stream()
    wanted = {"subjects": ["proctree.v1.>"], "storage": "file", "retention": "limits", "discard": "new", "num_replicas": 1,
              "duplicate_window": 120 * 10**9}
    demand(wanted.items() <= config.items(), f"--create made {config}")
    server.update_stream(no_ack=True)
    refused(ship(server.url, "--once"), 1, "LINES", "no_ack")
    server.update_stream(no_ack=False)
    server.update_stream(discard="old")  # without a bound of its own: the account's is one too
    warned = ship(server.url, "--once")
    demand(warned.returncode == 0 and warned.stderr.count("discard: old") == 1, warned.stderr)
    server.update_stream(discard="old", max_age=3600 * 10**9, max_bytes=1 << 30)
    warned = ship(server.url, "--once")
    demand(warned.returncode == 0 and warned.stderr.count("discard: old") == 1 and "max_age" in warned.stderr, warned.stderr)
    message = server.request("$JS.API.STREAM.MSG.GET.LINES", {"seq": 2})["message"]
    demand(message["subject"] == "proctree.v1.web-1=2Eexample.exec", message["subject"])
    demand(base64.b64decode(message["hdrs"]).decode() == f"NATS/1.0\r\nNats-Msg-Id: {feeder.stream}-2\r\n\r\n", message["hdrs"])
    return (feeder.last, *bench.delivered(server, feeder)[1:]), "usage, subjects, ids"


def openssl(bench, *words):
    subprocess.run(["openssl", *words], check=True, capture_output=True, cwd=bench.folder)


def authority(bench, name):
    openssl(bench, "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", name + ".key", "-out", name + ".pem", "-subj",
            f"/CN={name}", "-days", "2")


def certificate(bench, name, subject, days="2"):
    """By the authority `ca`."""
    openssl(bench, "req", "-newkey", "rsa:2048", "-nodes", "-keyout", name + ".key", "-out", name + ".csr", "-subj", "/CN=x")
    with open(bench.path(name + ".ext"), "w", encoding="utf-8") as file:
        file.write(f"subjectAltName={subject}\n")
    extra = ["-days", days] if days != "past" else ["-days", "-1"]
    openssl(bench, "x509", "-req", "-in", name + ".csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-out",
            name + ".pem", "-extfile", name + ".ext", *extra)


def check_tls(bench):
    """A server with TLS: verified, by name too; a wrong authority, a wrong name and an expired one are refused."""
    for name in ("ca", "other"):
        authority(bench, name)
    certificate(bench, "good", "IP:127.0.0.1")
    certificate(bench, "elsewhere", "DNS:elsewhere.example")
    certificate(bench, "past", "IP:127.0.0.1", "past")
    feeder = bench.feed()
    time.sleep(0.2)
    feeder.stop()

    def ship(to, *arguments):
        return faults.run(bench.program, "ship", "--from", bench.path("spool"), "--to", to, "--once", "--create", *arguments)
    ca = ("--tls-ca", bench.path("ca.pem"))
    numbers = None
    dead = free_port()
    for name in ("good", "elsewhere", "past"):
        tls = f'tls {{ cert_file: "{bench.path(name)}.pem", key_file: "{bench.path(name)}.key" }}'
        server = Server(bench, name, tls).start()
        done = ship(server.url, *ca)
        if name == "good":
            demand(done.returncode == 0, f"with its authority: {done.stderr}")
            demand(ship(server.url, "--tls-ca", bench.path("other.pem")).returncode == 1, "another authority was trusted")
            demand(ship(server.url).returncode == 1, "no TLS was spoken, or anyone trusted")
            demand(ship(server.url, "--tls-insecure").returncode == 0, "--tls-insecure")
            numbers = bench.delivered(server, feeder, arguments=ca)
        else:
            demand(done.returncode == 1, f"the certificate {name} was trusted")
        # Of several servers each is to have its own name, wherever it stands.
        for hosts in (f"localhost:{dead},127.0.0.1:{server.port}", f"127.0.0.1:{server.port},localhost:{dead}"):
            listed = ship(f"tls://{hosts}/LINES", *ca)
            demand(listed.returncode == (0 if name == "good" else 1), f"{hosts} with {name}: {listed.stderr}")
        if name == "good":
            misnamed = ship(f"tls://localhost:{server.port},127.0.0.1:{dead}/LINES", *ca)
            demand(misnamed.returncode == 1, "a server was trusted by the name of another of the list")
    return numbers, "verified; wrong name, wrong authority, expired refused"


def short_certificate(bench, name, seconds):
    """By the authority `ca`, that runs out so soon."""
    certificate(bench, name, "IP:127.0.0.1")
    with open(bench.path("ca.conf"), "w", encoding="utf-8") as file:
        file.write(f"[ca]\ndefault_ca=own\n[own]\ndatabase={bench.path('ca.index')}\nserial={bench.path('ca.serial')}\n"
                   f"new_certs_dir={bench.folder}\ndefault_md=sha256\npolicy=any\nunique_subject=no\n[any]\ncommonName=supplied\n")
    open(bench.path("ca.index"), "w", encoding="utf-8").close()
    with open(bench.path("ca.serial"), "w", encoding="utf-8") as file:
        file.write("1000\n")
    ends = int(time.time() + seconds)
    openssl(bench, "ca", "-batch", "-config", "ca.conf", "-cert", "ca.pem", "-keyfile", "ca.key", "-in", name + ".csr", "-out",
            name + ".pem", "-extfile", name + ".ext", "-startdate", "20200101000000Z", "-enddate",
            time.strftime("%Y%m%d%H%M%SZ", time.gmtime(ends)))
    return ends


def fault_certificate_runs_out(bench):
    """The server's, during the run: the connection that there is goes on, another is refused until there is a new one."""
    authority(bench, "ca")
    ends = short_certificate(bench, "short", patiently(20))  # the first line is to arrive before
    certificate(bench, "renewed", "IP:127.0.0.1")

    def tls(name):
        return f'tls {{ cert_file: "{bench.path(name)}.pem", key_file: "{bench.path(name)}.key" }}'
    server, feeder, ship = begin(bench, "--tls-ca", bench.path("ca.pem"), extra=tls("short"))
    wait_for(lambda: f"lines arrive ({bench.said()})", lambda: bench.acknowledged() > 0)
    demand(time.time() < ends, "this host is too slow: the certificate has run out before the first line")
    wait_for("the certificate has run out", lambda: time.time() > ends + 1)
    before = bench.acknowledged()
    wait_for("lines go on", lambda: bench.acknowledged() > before)
    server.stop()
    server.start()
    wait_for(lambda: f"ship says why it waits ({bench.said()})", lambda: "certificate" in bench.said())
    time.sleep(2)  # what was acknowledged before has reached the cursor
    before = bench.acknowledged()
    time.sleep(2)
    demand(bench.acknowledged() == before, f"{bench.acknowledged() - before} of {feeder.last - before} lines went to a server whose certificate has run out")
    server.stop()
    server.configure(tls("renewed"))
    server.start()
    bench.until_acknowledged(feeder.stop())
    bench.end(ship)
    return bench.delivered(server, feeder, arguments=("--tls-ca", bench.path("ca.pem"))), ""


class Identity:
    """An nkey: a seed of Ed25519 and a public key, in the base32 that NATS writes them in; openssl signs."""
    KINDS = {"operator": 14 << 3, "account": 0, "user": 20 << 3}

    def __init__(self, bench, kind):
        self.kind, self.seed, self.bench = kind, os.urandom(32), bench
        self.key = bench.path(f"{kind}-{self.seed.hex()[:8]}.der")
        with open(self.key, "wb") as file:
            file.write(bytes.fromhex("302e020100300506032b657004220420") + self.seed)
        der = subprocess.run(["openssl", "pkey", "-inform", "DER", "-in", self.key, "-pubout", "-outform", "DER"], check=True,
                             capture_output=True).stdout
        self.public = self.encode(bytes([self.KINDS[kind]]) + der[-32:])

    @staticmethod
    def encode(data):
        crc = 0
        for byte in data:  # CRC-16/XMODEM
            crc ^= byte << 8
            for _ in range(8):
                crc = (crc << 1 ^ (0x1021 if crc & 0x8000 else 0)) & 0xFFFF
        return base64.b32encode(data + crc.to_bytes(2, "little")).decode().rstrip("=")

    def secret(self):
        prefix = self.KINDS[self.kind]
        return self.encode(bytes([18 << 3 | prefix >> 5, (prefix & 31) << 3]) + self.seed)

    def sign(self, subject, **claims):
        def part(data):
            return base64.urlsafe_b64encode(data).decode().rstrip("=")
        body = {"jti": os.urandom(8).hex(), "iat": int(time.time()), "iss": self.public, "sub": subject.public,
                "name": subject.kind, "nats": {"type": subject.kind, "version": 2, **claims}}
        text = ".".join(part(json.dumps(each).encode()) for each in ({"typ": "JWT", "alg": "ed25519-nkey"}, body))
        path = self.bench.path("signed")
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        signature = subprocess.run(["openssl", "pkeyutl", "-sign", "-keyform", "DER", "-inkey", self.key, "-rawin", "-in", path],
                                   check=True, capture_output=True).stdout
        return text + "." + part(signature)


def fault_credentials_withdrawn(bench):
    """A creds file, revoked while lines wait and granted again; its secret stands nowhere but in it."""
    operator, account, system, user = (Identity(bench, kind) for kind in ("operator", "account", "account", "user"))
    limits = dict.fromkeys(("subs", "data", "payload", "imports", "exports", "conn", "leaf", "mem_storage", "disk_storage",
                            "streams", "consumer"), -1) | {"wildcards": True}

    def configuration(**claims):
        return (f"operator: {operator.sign(operator)}\nsystem_account: {system.public}\nresolver: MEMORY\n"
                f"resolver_preload: {{\n{account.public}: {operator.sign(account, limits=limits, **claims)}\n"
                f"{system.public}: {operator.sign(system, limits=limits | {'disk_storage': 0, 'mem_storage': 0})}\n}}\n")
    creds = bench.path("user.creds")
    with open(creds, "w", encoding="utf-8") as file:
        file.write(f"-----BEGIN NATS USER JWT-----\n{account.sign(user, subs=-1, data=-1, payload=-1)}\n------END NATS USER JWT------\n\n"
                   f"-----BEGIN USER NKEY SEED-----\n{user.secret()}\n------END USER NKEY SEED------\n")
    server = Server(bench, extra=configuration()).start()
    feeder = bench.feed()
    time.sleep(0.2)
    without = faults.run(bench.program, "ship", "--from", bench.path("spool"), "--to", server.url, "--once")
    demand(without.returncode == 1 and "--credentials" in without.stderr, f"without credentials: {without.stderr}")
    ship = bench.ship(server.url, "--create", "--credentials", creds)
    wait_for(lambda: f"lines arrive ({bench.said()} {server.tail()})", lambda: bench.acknowledged() > 0)
    for place in ("cmdline", "environ"):
        with open(f"/proc/{ship.pid}/{place}", "rb") as file:
            demand(user.secret().encode() not in file.read(), f"the secret stands in {place}")
    server.stop()
    server.configure(configuration(revocations={user.public: int(time.time()) + 1000}))
    server.start()
    time.sleep(5)
    server.stop()
    server.configure(configuration())
    server.start()
    bench.until_acknowledged(feeder.stop())
    bench.end(ship)
    numbers = bench.delivered(server, feeder, arguments=("--credentials", creds))
    for name in ("spool.ship", "spool.cursor", "spool.prom", "out.jsonl"):
        with open(bench.path(name), encoding="utf-8") as file:
            demand(user.secret() not in file.read(), f"the secret stands in {name}")
    demand("uthoriz" in bench.said(), f"nothing was said of the refusal: {bench.said()}")
    return numbers, ""


FAULTS = collections.OrderedDict([
    ("none", fault_none), ("server-down", fault_server_down), ("server-killed", fault_server_killed),
    ("clock-step", fault_clock_step),
    ("cluster-leader-killed", fault_cluster_leader_killed), ("stream-full", fault_stream_full),
    ("ship-killed", fault_ship_killed), ("max-payload-lowered", fault_max_payload_lowered),
    ("message-size-lowered", fault_message_size_lowered),
    ("permission-withdrawn", fault_permission_withdrawn),
    ("nothing-acknowledged", fault_nothing_acknowledged),
    ("credentials-withdrawn", fault_credentials_withdrawn), ("network-cut", fault_network_cut), ("half-open", fault_half_open),
    ("network-slowed", fault_network_slowed), ("reader-slowed", fault_reader_slowed),
    ("slow-beside-quick", fault_slow_beside_quick),
    ("certificate-runs-out", fault_certificate_runs_out),
    ("reported-servers-gone", fault_reported_servers_gone), ("bound-reached", fault_bound_reached),
    ("two-hosts-of-one-name", fault_two_hosts_of_one_name), ("collector-killed", fault_collector_killed),
    ("collector-restarted", fault_collector_restarted),
    ("until-stored", fault_until_stored),
    ("usage", check_usage), ("tls", check_tls)])


def run_fault(name, options):
    bench = Bench(options)
    began = time.monotonic()
    found, wrong = faults.run_row(FAULTS[name], bench)
    took = f"{time.monotonic() - began:.0f} s"
    if wrong is None:
        (expected, delivered, doubled), remark = found
        print(f"| {name} | {expected} | {delivered} | {doubled} | {bench.resent} | {bench.reported_lost} | {remark} | {took} |", flush=True)
    else:
        print(f"| {name} | WRONG: {wrong} | | | | | | {took} |", flush=True)
    return wrong is None


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("program")
    parser.add_argument("--long", action="store_true", help="with the numbers of docs/reliability.md")
    parser.add_argument("--jobs", type=int, default=1, metavar="N", help="so many faults at a time")
    parser.add_argument("--rate", type=float, default=3000, help="lines a second")
    options = faults.parse(parser, FAULTS)
    options.program = os.path.abspath(options.program)
    print("| fault | lines expected | delivered | doubled | sent again | told lost | | took |\n|---|---|---|---|---|---|---|---|",
          flush=True)
    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        results = list(pool.map(lambda name: run_fault(name, options), options.rows))
    sys.exit(0 if all(results) else 1)


if __name__ == "__main__":
    main()
