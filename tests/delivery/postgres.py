#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
"""postgres.py PROCTREE [--long] [--rate LINES_A_SECOND] [ROW...]: what reaches a history store in PostgreSQL, while
server and ship fail, and what the store answers. A row for each; exit status 1 where one is wrong. Needs postgresql,
nats-server and openssl, and neither root nor a network: servers run as an unprivileged user, in temporary folders, on
free ports of the loopback.

After each fault `history export` must give the lines back as they were written, and the store hold one range of
numbers: a row that came twice would be in neither."""
import argparse
import concurrent.futures
import contextlib
import glob
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time

import faults
import jetstream
from faults import demand, free_port, patiently, refused, wait_for

PASSWORD = "correct-horse-battery"
# A server shuts down without its clients; root may not run one.
FAST = ("--mode", "fast")


def programs():
    """Of the newest version that is installed, or those that with-postgres names."""
    if named := os.environ.get("PROCTREE_POSTGRES_PROGRAMS"):
        return named
    found = sorted(glob.glob("/usr/lib/postgresql/*/bin/initdb"), key=lambda path: int(path.split("/")[4]))
    demand(found, "PostgreSQL is not installed")
    return os.path.dirname(found[-1])


class Postgres:
    def __init__(self, bench, name="postgres", settings=(), authentication="trust"):
        self.bench, self.folder, self.port = bench, bench.path(name), free_port()
        self.data, self.log = self.folder + "/data", self.folder + "/log"
        self.settings = settings
        os.makedirs(self.folder)
        os.chmod(bench.folder, 0o755)
        self.prefix = ()
        if os.geteuid() == 0:
            self.prefix = ("setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups")
            shutil.chown(self.folder, "nobody", "nogroup")
        with open(self.folder + "/password", "w", encoding="utf-8") as file:
            file.write(PASSWORD + "\n")
        self.run("initdb", "-D", self.data, "-U", "owner", "-E", "UTF8", "--locale=C", "--no-sync", "-A", authentication,
                 f"--pwfile={self.folder}/password")

    def run(self, program, *words):
        done = faults.run(*self.prefix, f"{programs()}/{program}", *words, seconds=60, cwd=self.folder)
        demand(done.returncode == 0, f"{program}: {done.stderr[-500:]} {self.tail()}")
        return done.stdout

    def start(self):
        options = f"-k {self.folder} -p {self.port} -c listen_addresses=127.0.0.1 -c fsync=off"
        for setting in self.settings:
            options += f" -c {setting}"
        with open(os.devnull, "w", encoding="utf-8") as nothing:
            done = subprocess.run([*self.prefix, f"{programs()}/pg_ctl", "-D", self.data, "-o", options, "-l", self.log, "-w",
                                   "start"], stdout=nothing, stderr=nothing, timeout=patiently(60), cwd=self.folder)
        demand(done.returncode == 0, f"the server doesn't start: {self.tail()}")
        with open(self.data + "/postmaster.pid", encoding="utf-8") as file:
            self.pid = int(file.readline())
        self.bench.postgres.append(self)
        return self

    def stop(self, *how):
        self.run("pg_ctl", "-D", self.data, "-w", "stop", *(how or FAST))
        self.bench.postgres.remove(self)

    def kill(self):
        """All of it, as the kernel does that has no memory left."""
        with open(f"/proc/{self.pid}/task/{self.pid}/children", encoding="ascii") as file:
            children = [int(child) for child in file.read().split()]
        for pid in (self.pid, *children):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        for pid in (self.pid, *children):
            wait_for("the server is gone", lambda pid=pid: not os.path.exists(f"/proc/{pid}") or zombie(pid))
        # Its number may still be that of a process which nobody has waited for.
        for lock in (self.data + "/postmaster.pid", f"{self.folder}/.s.PGSQL.{self.port}.lock"):
            os.unlink(lock)
        self.bench.postgres.remove(self)

    def tail(self):
        with contextlib.suppress(OSError), open(self.log, encoding="utf-8", errors="replace") as log:
            return log.read()[-400:]
        return ""

    def sql(self, text, user="owner"):
        done = faults.run(f"{programs()}/psql", "-h", self.folder, "-p", str(self.port), "-U", user, "-d", "postgres", "-X", "-A",
                          "-t", "-v", "ON_ERROR_STOP=1", "-c", text, env={**os.environ, "PGPASSWORD": PASSWORD})
        demand(done.returncode == 0, f"{text}: {done.stderr}")
        return done.stdout.strip()

    @property
    def url(self):
        return f"postgresql://owner@127.0.0.1:{self.port}/postgres"


def zombie(pid):
    with contextlib.suppress(OSError), open(f"/proc/{pid}/stat", encoding="ascii", errors="replace") as file:
        return file.read().rsplit(")", 1)[1].split()[0] == "Z"
    return True


def export(bench, url, *arguments, environment=None):
    out = bench.path("export.jsonl")
    with open(out, "wb") as file:
        done = subprocess.run([bench.program, "history", url, "export", *arguments], stdout=file, stderr=subprocess.PIPE,
                              text=True, timeout=patiently(120), env=environment)
    demand(done.returncode == 0, f"export: {done.stderr}")
    with open(out, encoding="utf-8") as lines:
        return lines.read().splitlines()


def delivered(bench, server, *feeders):
    """Lines written, in the store, and doubled; all are there, byte for byte."""
    wanted = []
    for feeder in feeders:
        with open(feeder.path, encoding="utf-8") as file:
            wanted += file.read().splitlines()
    lines = export(bench, server.url)
    demand(sorted(lines) == sorted(wanted), f"{len(wanted)} lines were written, {len(lines)} came back, "
           f"{len(set(wanted) - set(lines))} of the former missing")
    ranges = server.sql("SELECT count(*), sum(seq_to - seq_from + 1) FROM proctree.ingested")
    demand(ranges == f"{len(feeders)}|{len(wanted)}", f"ranges: {ranges}")
    return len(wanted), len(set(lines)), len(lines) - len(set(lines))


def finish(bench, server, feeder, ship, remark="", seconds=90):
    bench.until_acknowledged(feeder.stop(), seconds=seconds)
    bench.end(ship)
    return delivered(bench, server, feeder), remark


def begin(bench, **options):
    server = Postgres(bench, **options).start()
    feeder = bench.feed()
    return server, feeder, bench.ship(server.url)


def row_none(bench):
    server, feeder, ship = begin(bench)
    time.sleep(3)
    return finish(bench, server, feeder, ship)


def row_server_killed(bench):
    server, feeder, ship = begin(bench)
    for _ in range(10 if bench.long else 3):
        time.sleep(1.2)
        server.kill()
        time.sleep(0.3)
        server.start()
    return finish(bench, server, feeder, ship)


def row_server_restarted(bench):
    server, feeder, ship = begin(bench)
    for _ in range(10 if bench.long else 3):
        time.sleep(1.2)
        server.stop()
        time.sleep(30 if bench.long else 1)
        server.start()
    numbers, _ = finish(bench, server, feeder, ship)
    demand("trying again" in bench.said() and "is there again" in bench.said(), f"of the server was said: {bench.said()}")
    return numbers, ""


def row_server_late(bench):
    """It isn't there when ship begins."""
    server = Postgres(bench)
    feeder = bench.feed()
    once = faults.run(bench.program, "ship", "--from", bench.path("spool"), "--to", server.url, "--once")
    demand(once.returncode == 1 and len(once.stderr.splitlines()) == 1, f"--once without a server: {once.stderr}")
    ship = bench.ship(server.url)
    time.sleep(1.5)
    server.start()
    return finish(bench, server, feeder, ship)


def row_backend_killed(bench):
    """One connection ends in the middle of anything."""
    server, feeder, ship = begin(bench)
    killed = 0
    for _ in range(100 if bench.long else 20):
        time.sleep(random.random() * 0.3)
        terminated = server.sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'proctree-ship'")
        killed += terminated.split().count("t")
    demand(killed, "no connection was ended")
    return finish(bench, server, feeder, ship, f"{killed} connections ended")


def row_ship_killed(bench):
    server, feeder, ship = begin(bench)
    for _ in range(100 if bench.long else 15):
        time.sleep(random.random() * 0.8)
        ship.kill()
        ship.wait()
        ship = bench.ship(server.url)
    return finish(bench, server, feeder, ship)


def row_two_ships(bench):
    """Two hosts' spools and one of them twice, into one store at once."""
    server = Postgres(bench).start()
    feeders = [bench.feed("spool"), bench.feed("other", number=2, host="web-2.example")]
    os.symlink(bench.path("spool"), bench.path("again"))
    ships = [bench.ship(server.url, spool=name) for name in ("spool", "other", "again")]
    time.sleep(3)
    for feeder, names in zip(feeders, (("spool", "again"), ("other",))):
        last = feeder.stop()
        for name in names:
            bench.until_acknowledged(last, name)
    for ship in ships:
        bench.end(ship)
    return delivered(bench, server, *feeders), ""


def row_two_collectors(bench):
    """Of twenty hosts' lines, on one consumer of JetStream; one of them is killed over and over."""
    between = jetstream.Server(bench).start()
    server = Postgres(bench).start()
    hosts = [f"web-{number}.example" for number in range(1, 21)]
    feeders = [bench.feed(host, rate=bench.rate / 10, number=number, host=host) for number, host in enumerate(hosts, 1)]
    ships = [bench.ship(between.url, "--create", spool=host) for host in hosts]
    wait_for("JetStream has a stream", lambda: any(bench.acknowledged(host) > 0 for host in hosts))

    def collector():
        return bench.spawn(bench.program, "ship", "--from", between.url, "--to", server.url, "--name", "collector",
                           stderr=open(bench.path("collectors"), "a", encoding="utf-8"))
    collectors = [collector(), collector()]
    for _ in range(20 if bench.long else 4):
        time.sleep(0.7)
        collectors[0].kill()
        collectors[0].wait()
        collectors[0] = collector()
    for feeder, host in zip(feeders, hosts):
        bench.until_acknowledged(feeder.stop(), host)
    for ship in ships:
        bench.end(ship)
    wanted = sum(feeder.last for feeder in feeders)

    def stored():
        with contextlib.suppress(faults.Wrong):
            return int(server.sql("SELECT coalesce(sum(seq_to - seq_from + 1), 0) FROM proctree.ingested"))
        return 0
    with contextlib.suppress(faults.Wrong):
        wait_for("all is collected", lambda: stored() == wanted, 90)
    for one in collectors:
        bench.end(one)
    known = server.sql("SELECT name FROM proctree.host").split()
    demand(sorted(known) == sorted(hosts), f"the store knows the hosts {known}")
    return delivered(bench, server, *feeders), f"{len(hosts)} hosts"


class Tree:
    """A stream of lives, whose lines all facts of a store can be held against."""
    BOOT = "00c0ffee00c0ffee"

    def __init__(self, seed, lives):
        self.random, self.lines, self.now = random.Random(seed), [], (time.time_ns() - 7200 * 10**9) // 10**9 * 10**9
        self.began = self.now - 10**15
        self.stream = f"{self.BOOT}-7-4711"
        self.living = {}
        self.line("start", {"host": {"name": "web-1.example", "id": "ab" * 16, "boot_id": "00c0ffee-00c0-ffee-0000-000000000000"},
                            "tracer": {"version": "0.7", "source": "bpf"}})
        self.birth("process", 1, None, "init")
        for _ in range(lives):
            self.life()

    def line(self, kind, fields):
        self.now += self.random.randrange(1, 40_000_000)
        when = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(self.now // 10**9)) + f".{self.now % 10**9:09}Z"
        text = json.dumps({"v": 1, "type": kind, "stream": self.stream, "seq": len(self.lines) + 1, "time": when,
                           "ktime_ns": self.now - self.began, **fields}, separators=(",", ":"), ensure_ascii=False)
        self.lines.append(text)

    def facts(self, process):
        fields = {"pid": process["pid"], "start_ns": process["start"],
                  "id": f"{self.BOOT}-{process['pid']}-{process['start'] // 10**7}", "comm": process["comm"],
                  "exe": process["exe"], "uid": 0, "user": process["user"], "cgroup": process["cgroup"]}
        above = process["creator"]
        if above:
            fields |= {"ppid": above["pid"], "creator_pid": above["pid"], "creator_start_ns": above["start"],
                       "creator_id": f"{self.BOOT}-{above['pid']}-{above['start'] // 10**7}"}
        if process.get("raw"):
            fields |= {"comm_raw": process["raw"]}
        return fields

    def birth(self, kind, pid, creator, comm):
        process = {"pid": pid, "start": self.now - self.began, "comm": comm, "exe": "/usr/bin/" + comm, "creator": creator,
                   "user": "root", "cgroup": "/", "execs": 0}
        if creator:
            process |= {key: creator[key] for key in ("comm", "exe", "user", "cgroup", "raw") if key in creator}
        self.living[pid] = process
        self.line(kind, self.facts(process))
        return process

    def life(self):
        draw = self.random.random
        creator = self.random.choice(list(self.living.values()))
        pid = next(pid for pid in iter(lambda: self.random.randrange(2, 400), None) if pid not in self.living)
        process = self.birth("fork", pid, creator, "")
        while draw() < 0.6:
            name = self.random.choice(("sh", "make", "cc1", "ld", "täter", "a\\b", 'q"uote', "tab\there", "\U0010ff41"))
            process["execs"] += 1
            process.pop("raw", None)
            process |= {"comm": name, "exe": ("/opt/" + "x" * 3000 + "/" if draw() < 0.03 else "/usr/bin/") + name}
            if draw() < 0.1:
                process |= {"comm": "bad\ufffd", "raw": "YmFk/w=="}
            process["user"] = self.random.choice(("root", "www-data", "nobody"))
            process["cgroup"] = self.random.choice(("/", "/docker/" + "c0ffee" * 10 + "beef"))
            self.line("exec", self.facts(process) | {"exec_seq": process["execs"], "args": [name, str(self.random.random())]})
        if len(self.living) > 60 or draw() < 0.7:
            pid = self.random.choice([pid for pid in self.living if pid != 1] or [0])
            if pid:
                ended = self.living.pop(pid)
                self.line("exit", self.facts(ended) | self.random.choice(({"exit_code": 0}, {"exit_code": 3}, {"signal": 9})))
        if draw() < 0.01:
            self.line("lost", {"count": 7, "since_ns": self.now - self.began - 10**9, "until_ns": self.now - self.began})
            self.line("resync", {"added": 0, "exited": 0, "corrected": 0, "took_ns": 5})


def ask(bench, where, *words):
    done = subprocess.run([bench.program, "history", where, *words, "--utc"], capture_output=True, timeout=patiently(60))
    return done.returncode, done.stdout, done.stderr.replace(where.encode(), b"WHERE")


def row_answers(bench):
    """Those of SQLite over the same stream, whose lines came in order; here they come in any, in two halves at once."""
    tree = Tree(bench.seed, 4000 if bench.long else 1000)
    server = Postgres(bench).start()

    def write(name, lines):
        with open(bench.path(name), "w", encoding="utf-8") as file:
            file.writelines(line + "\n" for line in lines)
        return bench.path(name)
    file = "sqlite:" + bench.path("store.db")
    subprocess.run([bench.program, "ship", "--once", "--from", write("lines.jsonl", tree.lines), "--to", file], check=True,
                   timeout=patiently(60))
    shuffled = list(tree.lines)
    random.Random(bench.seed).shuffle(shuffled)
    middle = len(shuffled) // 2
    halves = [bench.spawn(bench.program, "ship", "--once", "--from", write(f"half{n}.jsonl", part), "--to", server.url)
              for n, part in enumerate((shuffled[:middle + 100], shuffled[middle:]))]
    for half in halves:
        demand(half.wait(patiently(90)) == 0, "ship failed")
    demand(export(bench, server.url) == tree.lines, "the lines don't come back in their order")
    pids = random.Random(bench.seed).sample(range(1, 400), 60 if bench.long else 8)
    begun, ended = (json.loads(tree.lines[at])["time"] for at in (0, -1))
    middle_time = json.loads(tree.lines[len(tree.lines) // 2])["time"]
    questions = [("find",), ("find", "--format", "json"), ("tree",), ("tree", "--since", begun, "--until", ended), ("stats",),
                 ("stats", "--format", "json"), ("find", "--failed", "--comm", "cc1"), ("find", "--exe", "/opt/*"),
                 ("find", "--user", "www-data", "--since", middle_time), ("find", "--under", "make", "--format", "json"),
                 ("find", "--container", "c0ffee", "--at", middle_time), ("find", "--host", "web-1.example", "--comm", "bad?"),
                 ("export", "--since", middle_time), ("export", "--comm", "täter"), ("find", "--host", "nowhere"),
                 ("why", "make"), ("chain", "99999"), ("tree", "1", "--at", middle_time)]
    for pid in pids:
        questions += [("chain", str(pid)), ("chain", str(pid), "--at", middle_time, "--format", "json"),
                      ("why", str(pid), "--format", "json")]
    for question in questions:
        one, other = ask(bench, file, *question), ask(bench, server.url, *question)
        demand(one == other, f"{question}: {one[0]} {one[1][:300]} {one[2][:200]}, of PostgreSQL {other[0]} {other[1][:300]} {other[2][:300]}")
    demand(ask(bench, file, "find", "--comm", "bad?")[1], "the questions find nothing")
    return (len(tree.lines),) * 2 + (0,), f"{len(questions)} questions"


def row_losses(bench):
    """Followers' reports of lines that are missing, some of which came: as SQLite has them, in any order, in a store of now or
    one that an older version made."""
    server, tree, dice = Postgres(bench).start(), Tree(bench.seed, 200), random.Random(bench.seed)
    count = len(tree.lines)
    lines = [line for line in tree.lines[1:] if dice.random() < 0.7]
    for _ in range(40):
        first = dice.randrange(1, count)
        last = min(first + dice.randrange(30), count + 9)
        facts = {key: value for key, value in json.loads(tree.lines[min(last, count - 1)]).items()
                 if key in ("v", "stream", "time", "ktime_ns")}
        lines.append(json.dumps(facts | {"type": "lost", "where": "spool", "seq_from": first, "seq_to": last,
                                         "count": last - first + 1, "forks": 1, "execs": 2, "exits": 3, "lost": 0}))

    def ship(to, part):
        with open(bench.path("lines.jsonl"), "w", encoding="utf-8") as file:
            file.writelines(line + "\n" for line in part)
        done = faults.run(bench.program, "ship", "--once", "--from", bench.path("lines.jsonl"), "--to", to)
        demand(done.returncode == 0, f"ship: {done.stderr}")
    file = "sqlite:" + bench.path("store.db")
    ship(file, lines)
    dice.shuffle(lines)
    half = lines[:len(lines) // 2]
    ship(server.url, half)
    # As the second version had them: each as it was reported, the last of those that begin at one number.
    rows = {line["seq_from"]: (line["seq_to"], text) for text, line in ((text, json.loads(text)) for text in half)
            if line["type"] == "lost" and "where" in line}
    lines += [text for text in half if '"seq_from"' in text and rows[json.loads(text)["seq_from"]][1] != text]
    server.sql("ALTER TABLE proctree.stream DROP COLUMN host, DROP COLUMN tracer; ALTER TABLE proctree.loss DROP COLUMN ktime_ns;"
               "UPDATE proctree.store SET version = 2; DELETE FROM proctree.loss WHERE place = 'spool'; " +
               "".join(f"INSERT INTO proctree.loss SELECT id, {first}, {last}, 'spool', NULL, 1, 1, $${text}$$ FROM proctree.stream;"
                       for first, (last, text) in rows.items()))
    refused(faults.run(bench.program, "history", server.url, "find"), 1, "brings it up to date")
    ship(server.url, lines[len(half):])
    for question in (("export",), ("stats",)):
        one, other = ask(bench, file, *question), ask(bench, server.url, *question)
        demand(one == other, f"{question}: {one[0]} {len(one[1])} {one[2][:200]}, of PostgreSQL {other[0]} {len(other[1])} {other[2][:200]}")
    reports = [line for line in map(json.loads, export(bench, server.url)) if line["type"] == "lost" and "where" in line]
    numbers = [number for line in reports for number in range(line["seq_from"], line["seq_to"] + 1)]
    demand(len(numbers) == len(set(numbers)) > 0, "reports overlap")
    stored = {json.loads(line).get("seq") for line in lines}
    demand(not stored.intersection(numbers), "lines that came are reported as missing")
    return (len(lines),) * 2 + (0,), f"{len(reports)} reports are left"


def row_old_and_new_days(bench):
    """Rows lie by their own day; a clock that is wrong makes no part of its own."""
    server = Postgres(bench).start()
    tree = Tree(bench.seed, 10)
    lines = []
    now = json.loads(tree.lines[0])["time"][:4]
    for number, year in enumerate(("1971", "2024", now, "2200")):
        for line in tree.lines:
            facts = json.loads(line)
            facts["stream"] = f"{number}{facts['stream'][1:]}"
            day = facts["time"][4:]
            facts["time"] = year + (day if year == now else day.replace("-02-29", "-02-28"))
            lines.append(json.dumps(facts, separators=(",", ":"), ensure_ascii=False))
    with open(bench.path("lines.jsonl"), "w", encoding="utf-8") as file:
        file.writelines(line + "\n" for line in lines)
    subprocess.run([bench.program, "ship", "--once", "--from", bench.path("lines.jsonl"), "--to", server.url], check=True,
                   timeout=patiently(60))
    demand(sorted(export(bench, server.url)) == sorted(lines), "lines are missing")
    days = server.sql("SELECT count(*) FROM pg_inherits WHERE inhparent = 'proctree.line_block'::regclass")
    demand(int(days) in (2, 3), f"{days} parts")
    today = json.loads(tree.lines[0])["time"][:10].replace("-", "")
    demand(int(server.sql(f"SELECT count(*) FROM proctree.line_block_{today}")) > 0, "no lines in the part of their day")
    return (len(lines),) * 2 + (0,), f"{days} parts"


def row_day_dropped(bench):
    """A day goes by hand, as docs/history.md has it, while ship runs: who lived then is stored again when its end comes."""
    server, tree = Postgres(bench).start(), Tree(bench.seed, 300)
    middle = len(tree.lines) // 2
    ship = bench.spawn(bench.program, "ship", "--cursor", bench.path("place"), "--from", "-", "--to", server.url, stdin=subprocess.PIPE)

    def write(lines):
        ship.stdin.writelines(line + "\n" for line in lines)
        ship.stdin.flush()
    write(tree.lines[:middle])
    count = "SELECT coalesce(sum(seq_to - seq_from + 1), 0) FROM proctree.ingested"
    wait_for("the first half", lambda: server.sql("SELECT to_regclass('proctree.ingested')") and int(server.sql(count)) == middle)
    parts = server.sql("SELECT string_agg(inhrelid::regclass::text, ', ') FROM pg_inherits WHERE inhparent IN"
                       " ('proctree.line_block'::regclass, 'proctree.image'::regclass, 'proctree.process'::regclass)"
                       " AND inhrelid::regclass::text NOT LIKE '%default'")
    server.sql(f"BEGIN; UPDATE proctree.store SET generation = generation + 1; DROP TABLE {parts}; COMMIT")
    write(tree.lines[middle:])
    ship.stdin.close()
    demand(ship.wait(patiently(60)) == 0, "ship failed")
    later = tree.lines[middle:]
    demand(export(bench, server.url)[-len(later):] == later, "lines of after the drop are missing")
    demand(server.sql("SELECT count(*), sum(seq_to - seq_from + 1) FROM proctree.ingested") == f"1|{len(tree.lines)}", "ranges")
    ends = sum('"type":"exit"' in line for line in later)
    found = int(server.sql("SELECT count(*) FROM proctree.process WHERE exit_seq IS NOT NULL"))
    demand(found == ends, f"{ends} ended after the drop, {found} are stored")
    default = server.sql("SELECT count(*) FROM proctree.process_default")
    demand(default == "0", f"{default} processes lie in no part of a day")
    return (len(later),) * 2 + (0,), f"{ends} ends"


def facts_of(pid, start, comm, creator=None):
    fields = {"pid": pid, "start_ns": start, "comm": comm, "exe": "/bin/" + comm, "uid": 0, "user": "root"}
    if creator:
        fields |= {"ppid": creator[0], "creator_pid": creator[0], "creator_start_ns": creator[1]}
    return fields


def line_of(stream, seq, when_ns, began_ns, kind, fields):
    when = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(when_ns // 10**9)) + f".{when_ns % 10**9:09}Z"
    return json.dumps({"v": 1, "type": kind, "stream": stream, "seq": seq, "time": when, "ktime_ns": when_ns - began_ns,
                       **fields}, separators=(",", ":"))


class Days:
    """Lives of five days, the last of which is today: a daemon of the first that lives, by a shell that doesn't, and a life of
    each day that ended in it."""
    DAY = 86_400 * 10**9

    def __init__(self):
        today = time.time_ns() // self.DAY * self.DAY
        self.begin, self.lines = today - 4 * self.DAY, []
        self.stream = "00c0ffee00c0ffee-7-4711"
        at = self.begin + 10**9
        self.add(at, "process", facts_of(1, self.since(at) - 5, "init"))
        init = (1, self.since(at) - 5)
        shell = self.life(at + 10**6, 20, "sh", init)
        daemon = self.life(at + 2 * 10**6, 21, "daemon", shell)
        self.add(at + 3 * 10**6, "exit", facts_of(20, shell[1], "sh", init) | {"exit_code": 0})
        for day in range(5):
            at = self.begin + day * self.DAY + (2 * 10**9 if day == 4 else self.DAY // 2)
            cron = self.life(at, 100 + day, f"job-{day}", init)
            self.add(at + 10**6, "exit", facts_of(*cron, f"job-{day}", init) | {"exit_code": 0})
        self.life(at + 2 * 10**6, 30, "worker", daemon)

    def since(self, when_ns):
        return when_ns - self.began

    @property
    def began(self):
        return self.begin - 10**15

    def add(self, when_ns, kind, fields):
        self.lines.append(line_of(self.stream, len(self.lines) + 1, when_ns, self.began, kind, fields))

    def life(self, when_ns, pid, comm, creator):
        self.add(when_ns, "fork", facts_of(pid, self.since(when_ns), comm, creator))
        return pid, self.since(when_ns)


def row_keep(bench):
    """Whole days go, and nothing that what is left descends from; a reader, who holds them, is waited for."""
    server, days = Postgres(bench).start(), Days()

    def ship(*arguments):
        """Each day by itself: lines that come together lie together."""
        for day in range(5):
            begin = days.begin + day * days.DAY - days.began
            with open(bench.path("lines.jsonl"), "w", encoding="utf-8") as file:
                file.writelines(line + "\n" for line in days.lines if 0 <= json.loads(line)["ktime_ns"] - begin < days.DAY)
            done = faults.run(bench.program, "ship", "--once", "--from", bench.path("lines.jsonl"), "--to", server.url, *arguments)
            demand(done.returncode == 0, f"ship {arguments}: {done.stderr}")

    def find(*words):
        return ask(bench, server.url, *words)[1].decode()

    def parts():
        return sorted(server.sql("SELECT inhrelid::regclass FROM pg_inherits WHERE inhparent = 'proctree.process'::regclass"
                                 " AND inhrelid::regclass::text NOT LIKE '%default'").split())
    ship()
    before = server.sql("SELECT * FROM proctree.ingested")
    demand(len(parts()) == 5, f"{parts()}")
    chain = find("chain", "30")
    demand(chain == "30|worker|root;21|daemon|root;20|sh|root;1|init|root\n", chain)
    # A reader that asks for as long as it takes: nothing is dropped, and ship goes on.
    reader = subprocess.Popen([f"{programs()}/psql", "-h", server.folder, "-p", str(server.port), "-U", "owner", "-d", "postgres",
                               "-X", "-q", "-A", "-t"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    reader.stdin.write("BEGIN; SELECT count(*) FROM proctree.process;\n")
    reader.stdin.flush()
    reader.stdout.readline()
    ship("--keep", "48h")
    demand(len(parts()) == 5, f"with a reader: {parts()}")
    reader.stdin.close()
    demand(reader.wait(patiently(30)) == 0, "the reader")
    ship("--keep", "48h")  # two days, and the one that they begin in
    demand(len(parts()) == 3, f"{parts()}")
    demand(find("chain", "30") == chain, f"the line of what lives: {find('chain', '30')}")
    demand([name in find("find", "--comm", "job-*") for name in ("job-0", "job-1", "job-2", "job-3", "job-4")] ==
           [False, False, True, True, True], find("find"))
    left = export(bench, server.url)
    begun = days.begin + 2 * days.DAY
    later = [line for line in days.lines if json.loads(line)["ktime_ns"] >= begun - days.began]
    demand(left[1:] == later and '"type":"segment"' in left[0], f"{len(left)} lines are left, not {len(later)}")
    demand(server.sql("SELECT count(*) FROM proctree.program_text WHERE comm = 'job-0'") == "0", "words of what is gone")
    # No line comes again, and the numbers stay.
    ship()
    demand(server.sql("SELECT * FROM proctree.ingested") == before, "numbers")
    demand("job-0" not in find("find", "--comm", "job-*"), "what was dropped came again")
    # What lived on ends, and goes with its day: those above it too, but for the first, which lives.
    at = days.begin + 4 * days.DAY + 10**10
    worker = json.loads(days.lines[-1])
    days.add(at, "exit", facts_of(30, worker["start_ns"], "worker") | {"exit_code": 0})
    daemon = next(json.loads(line) for line in days.lines if '"comm":"daemon"' in line)
    days.add(at + 1, "exit", facts_of(21, daemon["start_ns"], "daemon") | {"exit_code": 0})
    ship()
    server.sql(f"UPDATE proctree.process SET lived_ns = {days.DAY} WHERE pid = 21; DELETE FROM proctree.process WHERE pid = 30")
    ship("--keep", "48h")
    left = server.sql("SELECT string_agg(pid::text, ' ' ORDER BY id) FROM proctree.process_default")
    demand(left == "1", f"of the days that are gone there are still {left}")
    # So much that it is too large: all but today.
    ship("--keep", "1KiB")
    demand(len(parts()) == 1, f"of 1 KiB: {parts()}")
    return (len(days.lines),) * 2 + (0,), f"{len(parts())} of 5 days left"


def row_equal_births(bench):
    """Copies of a machine that began at one moment: the numbers that their processes have are apart all the same."""
    server, lines = Postgres(bench, settings=("shared_preload_libraries=pg_stat_statements",)).start(), []
    began = (time.time_ns() - 7200 * 10**9) // 10**9 * 10**9 - 10**15
    boots, each = (100, 60) if bench.long else (40, 60)
    for boot in range(boots):
        stream = f"{boot:016x}-7-4711"
        for pid in range(1, each + 1):
            creator = (1, 10**15) if pid > 1 else None
            fields = facts_of(pid, 10**15 + (pid // 30) * 10**7, f"p{pid}", creator)
            lines.append(line_of(stream, pid, began + 10**15 + 10**9 + pid, began, "process", fields))
    random.Random(bench.seed).shuffle(lines)
    with open(bench.path("lines.jsonl"), "w", encoding="utf-8") as file:
        file.writelines(line + "\n" for line in lines)
    server.sql("CREATE EXTENSION IF NOT EXISTS pg_stat_statements")
    server.sql("SELECT pg_stat_statements_reset()")
    done = faults.run(bench.program, "ship", "--once", "--from", bench.path("lines.jsonl"), "--to", server.url)
    demand(done.returncode == 0, done.stderr)
    calls = int(server.sql("SELECT sum(calls) FROM pg_stat_statements"))
    demand(calls < 8 * len(lines), f"{calls} statements for {len(lines)} lines")
    given = [line for line in export(bench, server.url) if '"type":"segment"' not in line]
    demand(sorted(given) == sorted(lines), "lines are missing")
    apart = server.sql("SELECT count(*), count(DISTINCT (pid, clock)) FROM proctree.process")
    demand(apart == f"{len(lines)}|{len(lines)}", f"processes: {apart}")
    return (len(lines),) * 2 + (0,), f"{calls} statements"


def row_set_clock(bench):
    """The wall clock goes back a day, and lines come in any order: rows move to the part of their birth, with the answers of SQLite
    over the lines in order."""
    server, lines = Postgres(bench).start(), []
    began, second = time.time_ns() // 10**9 * 10**9 - 10**15, 10**9

    def add(ktime, kind, fields):
        setting = began - (86_400 * second if ktime >= 10**15 + 30 * second else 0)
        lines.append(line_of("00c0ffee00c0ffee-7-4711", len(lines) + 1, ktime + setting, setting, kind, fields))
    above = (1, 10**15 + 5)
    add(10**15 + second, "process", facts_of(*above, "init"))
    for number in range(120):
        born = 10**15 + 2 * second + number * second // 2
        add(born, "fork", facts_of(2 + number, born, "sh", above))
        add(born + 10**6, "exec", facts_of(2 + number, born, f"job-{number}", above) | {"exec_seq": 2})
        add(born + 2 * 10**8, "exit", facts_of(2 + number, born, f"job-{number}", above) | {"exit_code": 1, "exec_seq": 2})
        above = (2 + number, born)
    shuffled = random.Random(bench.seed).sample(lines, len(lines))
    for name, order in ("in-order.jsonl", lines), ("shuffled.jsonl", shuffled):
        with open(bench.path(name), "w", encoding="utf-8") as file:
            file.writelines(line + "\n" for line in order)
    for half in shuffled[:150], shuffled[150:]:  # by a writer that remembers nothing, too
        done = subprocess.run([bench.program, "ship", "--once", "--from", "-", "--to", server.url], timeout=patiently(60),
                              input="".join(line + "\n" for line in half), text=True, capture_output=True)
        demand(done.returncode == 0, done.stderr)
    for question in ("find",), ("find", "--comm", "job-9*", "--format", "json"), ("chain", "121"), ("why", "40"), ("stats",):
        one, other = ask(bench, bench.path("in-order.jsonl"), *question), ask(bench, server.url, *question)
        demand(one[0] == 0 and one[:2] == other[:2], f"{question}: {one}, of PostgreSQL {other}")
    lost = server.sql("SELECT count(*) FROM proctree.image i LEFT JOIN proctree.process p ON p.id = i.process WHERE p.id IS NULL")
    demand(lost == "0", f"{lost} images of no process")
    return (len(lines),) * 2 + (0,), "5 questions"


def row_usage(bench):
    """What is refused at once, and what is said of it; who may only read reads."""
    server = Postgres(bench).start()
    tree = Tree(bench.seed, 10)
    with open(bench.path("lines.jsonl"), "w", encoding="utf-8") as file:
        file.writelines(line + "\n" for line in tree.lines)

    def run(*words, **environment):
        return faults.run(bench.program, *words, env={**os.environ, **environment})

    def ship(to, *arguments, **environment):
        return run("ship", "--once", "--from", bench.path("lines.jsonl"), "--to", to, *arguments, **environment)
    refused(run("history", server.url, "find"), 1, "nothing was ever stored")
    for secret in (server.url.replace("owner@", "owner:s3cret@"), server.url + "?password=s3cret",
                   server.url + "?%70assword=s3cret"):
        for done in (ship(secret), run("history", secret, "find")):
            refused(done, 2, "--credentials")
            demand("s3cret" not in done.stderr, "the password is repeated")
    refused(ship(server.url, "--keep", "soon"), 2, "--keep")
    refused(run("ship", "--once", "--from", server.url, "--to", "-"), 2, "--from")
    refused(ship(server.url + "?sslmode=require"), 2, "--tls-insecure")
    refused(ship(server.url, PGSSLMODE="require"), 2, "--tls-insecure")
    nobody = f"postgresql://owner@127.0.0.1:{free_port()}/postgres"
    for done in (ship(nobody), run("history", nobody, "find")):
        refused(done, 1, "look whether the server runs")
    for done in (ship(server.url.replace("/postgres", "/nothing")), run("history", server.url.replace("/postgres", "/nothing"), "find")):
        refused(done, 1, "createdb")
    refused(ship(server.url.replace("owner@", "stranger@")), 1, "CREATE ROLE")
    # A file of passwords that can't be read is said before the server is asked.
    for done in (ship(server.url, "--credentials", bench.path("nowhere")),
                 run("history", server.url, "find", "--credentials", bench.path("nowhere"))):
        refused(done, 1, "nowhere")
        demand("--credentials" in done.stderr, f"credentials: {done.stderr}")
    with open(bench.path("open"), "w", encoding="utf-8") as file:
        file.write("*:*:*:*:x\n")
    os.chmod(bench.path("open"), 0o644)
    refused(ship(server.url, "--credentials", bench.path("open")), 1, "chmod 600")
    # By the socket, and by a service file.
    done = ship(f"postgresql:///postgres?host={server.folder}&port={server.port}&user=owner")
    demand(done.returncode == 0, f"by the socket: {done.stderr}")
    with open(bench.path("services"), "w", encoding="utf-8") as file:
        file.write(f"[lines]\nhost={server.folder}\nport={server.port}\nuser=owner\ndbname=postgres\n")
    done = run("history", "postgresql:///?service=lines&sslmode=disable", "export", PGSERVICEFILE=bench.path("services"))
    demand(done.stdout.splitlines() == tree.lines, f"by a service: {done.stderr}")
    # Who may only read.
    server.sql("CREATE ROLE reader LOGIN; GRANT USAGE ON SCHEMA proctree TO reader;"
               "GRANT SELECT ON ALL TABLES IN SCHEMA proctree TO reader")
    reader = server.url.replace("owner@", "reader@")
    demand(run("history", reader, "export").stdout.splitlines() == tree.lines, "who may read can't")
    refused(ship(reader), 1, "permission")
    refused(ship(reader), 1, "must own it")
    server.sql("CREATE ROLE guest LOGIN")
    refused(run("history", server.url.replace("owner@", "guest@"), "find"), 1, "USAGE")
    # `why` asks it too; another program's schema and another version are left as they are.
    done = run("why", "--history", server.url, "1")
    demand(done.returncode == 0 and "init" in done.stdout, f"why: {done.stderr}")
    server.sql("UPDATE proctree.store SET version = 99")
    refused(ship(server.url), 1, "version 99")
    refused(run("history", server.url, "find"), 1, "take a newer proctree")
    server.sql("UPDATE proctree.store SET version = 1")
    refused(run("history", server.url, "find"), 1, "fill it with this proctree")
    server.sql("DROP SCHEMA proctree CASCADE; CREATE SCHEMA proctree; CREATE TABLE proctree.store(x int)")
    refused(ship(server.url), 1, "another program")
    return (len(tree.lines),) * 2 + (0,), "usage, sockets, services, roles"


def row_password(bench):
    """In a pgpass file alone: no argument, environment, log or metric has it."""
    server = Postgres(bench, authentication="scram-sha-256").start()
    passes = bench.path("passes")
    with open(passes, "w", encoding="utf-8") as file:
        file.write(f"127.0.0.1:{server.port}:*:owner:{PASSWORD}\n")
    os.chmod(passes, 0o600)
    feeder = bench.feed()
    time.sleep(0.3)
    refused(faults.run(bench.program, "ship", "--once", "--from", bench.path("spool"), "--to", server.url,
                       env={**os.environ, "HOME": bench.folder}), 1, "HOST:PORT:DATABASE:USER:PASSWORD")
    with open(bench.path("wrong"), "w", encoding="utf-8") as file:
        file.write(f"127.0.0.1:{server.port}:*:owner:{PASSWORD[::-1]}\n")
    os.chmod(bench.path("wrong"), 0o600)
    refused(faults.run(bench.program, "ship", "--from", bench.path("spool"), "--to", server.url, "--cursor", bench.path("c"),
                       "--credentials", bench.path("wrong")), 1, "look at the line of this host")
    ship = bench.ship(server.url, "--credentials", passes)
    wait_for(lambda: f"lines arrive ({bench.said()})", lambda: bench.acknowledged() > 0)
    for place in ("cmdline", "environ"):
        with open(f"/proc/{ship.pid}/{place}", "rb") as file:
            demand(PASSWORD.encode() not in file.read(), f"the password stands in {place}")
    bench.until_acknowledged(feeder.stop())
    bench.end(ship)
    for name in ("spool.ship", "spool.cursor", "spool.prom"):
        with open(bench.path(name), encoding="utf-8") as file:
            demand(PASSWORD not in file.read(), f"the password stands in {name}")
    lines = export(bench, server.url, "--credentials", passes)
    by_variable = export(bench, server.url, environment={**os.environ, "PGPASSFILE": passes})
    demand(lines == by_variable and len(lines) == feeder.last, f"{len(lines)} and {len(by_variable)} of {feeder.last} lines")
    return (feeder.last, len(lines), 0), ""


def row_tls(bench):
    """A server with TLS: verified, by name too."""
    for name in ("ca", "other"):
        jetstream.authority(bench, name)
    tree = Tree(bench.seed, 10)
    with open(bench.path("lines.jsonl"), "w", encoding="utf-8") as file:
        file.writelines(line + "\n" for line in tree.lines)
    for name, subject in (("good", "IP:127.0.0.1"), ("elsewhere", "DNS:elsewhere.example")):
        jetstream.certificate(bench, name, subject)
        server = Postgres(bench, name + ".postgres")
        for kind in ("key", "pem"):
            shutil.copy(bench.path(f"{name}.{kind}"), f"{server.folder}/server.{kind}")
            os.chmod(f"{server.folder}/server.{kind}", 0o600)
            if os.geteuid() == 0:
                shutil.chown(f"{server.folder}/server.{kind}", "nobody", "nogroup")
        server.settings = ("ssl=on", f"ssl_cert_file={server.folder}/server.pem", f"ssl_key_file={server.folder}/server.key")
        server.start()

        def ship(*arguments):
            return faults.run(bench.program, "ship", "--from", bench.path("lines.jsonl"), "--to", server.url, "--once", *arguments)
        done = ship("--tls-ca", bench.path("ca.pem"))
        if name == "elsewhere":
            demand(done.returncode == 1, "a certificate of another name was trusted")
            continue
        demand(done.returncode == 0, f"with its authority: {done.stderr}")
        demand(ship("--tls-ca", bench.path("other.pem")).returncode == 1, "another authority was trusted")
        demand(ship("--tls-insecure").returncode == 0, "--tls-insecure")
        demand(export(bench, server.url, "--tls-ca", bench.path("ca.pem")) == tree.lines, "history doesn't verify")
    return (len(tree.lines),) * 2 + (0,), "verified; wrong name and wrong authority refused"


ROWS = {name[4:].replace("_", "-"): row for name, row in globals().items() if name.startswith("row_")}


class Bench(jetstream.Bench):
    def __init__(self, options):
        super().__init__(options)
        self.postgres, self.seed = [], options.seed

    def close(self):
        for server in list(self.postgres):
            with contextlib.suppress(Exception):
                server.stop("--mode", "immediate")
        super().close()


def run_row(name, options):
    numbers, wrong = faults.run_row(ROWS[name], Bench(options))
    if wrong:
        print(f"| {name} | WRONG (--seed {options.seed}): {wrong.strip()} |", flush=True)
        return False
    (wanted, found, doubled), remark = numbers
    print(f"| {name} | {wanted} | {found} | {doubled} | {remark} |", flush=True)
    return True


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("program")
    parser.add_argument("--long", action="store_true", help="with the numbers of docs/reliability.md")
    parser.add_argument("--jobs", type=int, default=1, metavar="N", help="so many rows at a time")
    parser.add_argument("--rate", type=int, default=1000, help="lines a second")
    parser.add_argument("--seed", type=int, default=random.randrange(10**6))
    options = faults.parse(parser, ROWS)
    options.program = os.path.abspath(options.program)
    print("| row | lines written | stored | doubled | |\n| --- | --- | --- | --- | --- |", flush=True)
    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        right = list(pool.map(lambda name: run_row(name, options), options.rows))
    return 0 if all(right) else 1


if __name__ == "__main__":
    sys.exit(main())
