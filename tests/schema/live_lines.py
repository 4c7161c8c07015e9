#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
"""live_lines.py PROCTREE [--lines N] [--schemas DIR] [--keep]: at least N live lines (100,000; N is small in CI) in each of jsonl, ecs and
ocsf, of a mixed load: compilers, ssh sessions, containers, namespaces, hostile names, arguments and environments, failing
programs and execs, and a loss, forced by stopping the tracers. Each document of ecs and ocsf, written live or by replay of
the jsonl beside it, is held against the tables of the schemas' makers in DIR (../shared/schemas; against our own where that
folder is missing), and what replay writes of each spool against what was written live, byte for byte. Prints a table; exit
status 1: anything is wrong. Takes root."""
import argparse
import collections
import contextlib
import ctypes
import os
import pathlib
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
import traceback

from schema_tables import Ecs, Ocsf
from sessions import SshServer, container_session, has

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
OPTIONS = ["--failed-execs", "--stdio", "--env", "HOSTILE*,PATH", "--ring-size", "0.5"]
NAMES = [b"plain", b"blank name", b'quo"te\\back', b"line\nbreak", b"\x01\x1b[31m", b"\xff\xfe", b"half\xe2\x80", "\u202ertl\u200b".encode(),
         "\U0001f600\u00e9".encode(), b"-", b"}{\"v\":1", b"n" * 255]


def true(*arguments, environment=None, program="/bin/true"):
    os.waitpid(os.posix_spawn(program, ["true", *arguments], environment or {}), 0)


class Load:
    """Each part whose tool is installed in a thread of its own, again and again, until stopped; the first failure of a part ends
    it, and is in `failed`."""

    def __init__(self, folder):
        self.folder, self.ended, self.parts = folder, threading.Event(), []
        self.random = random.Random(1)
        self.counts = collections.Counter()
        self.failed = []
        self.servers = contextlib.ExitStack()

    def part(self, name, once, pause=0.0):
        def repeat():
            try:
                while not self.ended.is_set():
                    once()
                    self.counts[name] += 1
                    self.ended.wait(pause)
            except Exception:
                self.failed.append(f"{name}: {traceback.format_exc()}")
        self.parts.append(threading.Thread(target=repeat, name=name))

    def start(self):
        folder = self.folder
        hostile = folder / "hostile"
        hostile.mkdir()
        self.programs = [bytes(hostile) + b"/" + name for name in NAMES]
        for program in self.programs:
            shutil.copy("/bin/true", program)
        self.part("shell", lambda: subprocess.run(["sh", "-c", "for i in 1 2 3 4 5 6 7 8; do /bin/true $i; done; (ls / | wc -l)"],
                                                  stdout=subprocess.DEVNULL, check=True))
        self.part("hostile", self.hostile)
        self.part("failing", self.failing, 0.05)
        if has("cc"):
            (folder / "unit.c").write_text("int main(void) { return 0; }\n")
            self.part("cc", lambda: subprocess.run(["cc", "-o", folder / "unit", folder / "unit.c"], check=True), 0.3)
        if has("unshare"):
            self.part("unshare", lambda: subprocess.run(["unshare", "-mpfiun", "sh", "-c", "/bin/true; ls / | cat"], check=True,
                                                        stdout=subprocess.DEVNULL), 0.2)
        if has("runc") or has("crun"):
            self.part("container", self.container, 0.5)
        if has("sshd", "ssh", "ssh-keygen"):
            self.part("ssh", self.servers.enter_context(SshServer(folder)).session, 0.5)
        for part in self.parts:
            part.start()

    def hostile(self):
        choose = self.random
        raw = bytes(choose.randrange(1, 256) for _ in range(choose.choice((3, 40, 700))))
        environment = {b"HOSTILE_" + choose.choice(NAMES).replace(b"=", b"")[:80]: raw, b"PATH": b"/bin", b"SECRET": b"never"}
        true(choose.choice(NAMES), raw, b"", environment=environment, program=choose.choice(self.programs))
        if choose.random() < 0.01:
            true(b"\x01" * 15000)  # each byte takes six in JSON

    def container(self):
        if not container_session(self.folder):
            raise RuntimeError("neither runc nor crun runs a container")

    def failing(self):
        subprocess.run(["sh", "-c", "exit 3"], check=False)
        subprocess.run(["sh", "-c", "kill -9 $$"], check=False)
        try:
            os.posix_spawn(bytes(self.folder) + b"/none \xff", ["none"], {})
        except OSError:
            pass

    def stop(self):
        self.ended.set()
        for part in self.parts:
            if part.is_alive():
                part.join()
        self.servers.close()


class Tracer:
    """Writes one format, and a spool beside it."""

    def __init__(self, program, folder, form):
        self.form, self.spool, self.live = form, folder / f"spool.{form}", folder / f"live.{form}"
        self.process = subprocess.Popen([program, "trace", "--as-root", "--spool", self.spool, "--format", form, "--output", self.live,
                                         *OPTIONS], stderr=subprocess.PIPE, text=True)
        while "tracing" not in self.process.stderr.readline():
            if self.process.poll() is not None:
                sys.exit("the trace did not start")
        threading.Thread(target=self.process.stderr.read, daemon=True).start()
        self.count, self.read = 0, self.live.open("rb")

    def lines(self):
        if self.process.poll() is not None:
            sys.exit(f"the trace of {self.form} ended with {self.process.returncode}")
        while block := self.read.read(1 << 20):
            self.count += block.count(b"\n")
        return self.count

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait()


def force_loss(tracers):
    for tracer in tracers:
        tracer.process.send_signal(signal.SIGSTOP)
    for number in range(1500):
        true(str(number))
    for tracer in tracers:
        tracer.process.send_signal(signal.SIGCONT)


def record(program, folder, lines):
    tracers = [Tracer(program, folder, form) for form in ("jsonl", "ecs", "ocsf")]
    load = Load(folder)
    try:
        load.start()
        time.sleep(1)
        force_loss(tracers)
        while any(tracer.lines() < lines for tracer in tracers):
            time.sleep(0.5)
    finally:
        load.stop()
        time.sleep(0.5)
        ends = [tracer.stop() for tracer in tracers]
    print("load:", ", ".join(f"{count} x {name}" for name, count in sorted(load.counts.items())))
    failed = load.failed + [f"the trace of {tracer.form} ended with {end}" for tracer, end in zip(tracers, ends) if end]
    for each in failed:
        print("FAILED", each)
    return tracers, not failed


def compare(live, replayed):
    """Lines, those that differ though neither was cut."""
    count = differ = cut = 0
    mark = b'_truncated":true'
    with open(live, "rb") as these, open(replayed, "rb") as those:
        while True:
            line, other = these.readline(), those.readline()
            if not line and not other:
                return count, differ, cut
            count += 1
            if line != other:
                if mark in line or mark in other:
                    cut += 1
                else:
                    differ += 1
                    if differ <= 3:
                        print(f"DIFFERS {line[:2000]!r}\n     AND {other[:2000]!r}")


def hold(tables, path):
    wrong, samples, lines, kinds = collections.Counter(), {}, 0, collections.Counter()
    with open(path, "rb") as documents:
        for line in documents:
            lines += 1
            problems, document = tables.problems(line)
            if document is not None:
                kinds[document["event"]["action"] if "event" in document else document["metadata"].get("event_code")] += 1
            for kind, where in problems:
                wrong[kind] += 1
                samples.setdefault((kind, where), line)
    for (kind, where), line in list(samples.items())[:10]:
        print(f"WRONG {kind}: {where}: {line[:3000]!r}")
    return lines, wrong, kinds


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program", type=os.path.realpath)
    parser.add_argument("--lines", type=int, default=100_000)
    parser.add_argument("--schemas", type=pathlib.Path, default=ROOT.parent / "shared/schemas")
    parser.add_argument("--keep", action="store_true", help="leave the recordings where they are, and say where")
    options = parser.parse_args()
    # The sessions' last programs are this test's own to wait for.
    ctypes.CDLL(None).prctl(36, 1, 0, 0, 0)  # PR_SET_CHILD_SUBREAPER
    published = options.schemas if options.schemas.is_dir() else None
    folder = pathlib.Path(tempfile.mkdtemp(prefix="proctree-lines-"))
    failed = False
    try:
        tracers, right = record(options.program, folder, options.lines)
        failed = not right
        print("| lines | of | count | unknown | missing | wrong type | malformed | other than live (cut) | losses, resyncs |")
        print("| --- | --- | --- | --- | --- | --- | --- | --- | --- |")
        for tracer in tracers:
            replayed = folder / "replayed"
            with replayed.open("wb") as out:
                subprocess.run([options.program, "replay", tracer.spool, "--format", tracer.form], stdout=out, check=True)
            count, differ, cut = compare(tracer.live, replayed)
            failed |= differ != 0 or count < options.lines
            print(f"| replayed | {tracer.form} | {count} | | | | | {differ} ({cut}) | |")
            if tracer.form == "jsonl":
                continue
            tables = (Ecs if tracer.form == "ecs" else Ocsf)(published)
            for name, path in (("live", tracer.live), ("replayed", replayed)):
                lines, wrong, kinds = hold(tables, path)
                other = sum(wrong.values()) - wrong["unknown"] - wrong["missing"] - wrong["wrong type"]
                failed |= bool(wrong) or kinds["lost"] == 0
                print(f"| {name} | {tracer.form} | {lines} | {wrong['unknown']} | {wrong['missing']} | {wrong['wrong type']} | {other} "
                      f"| | {kinds['lost']}, {kinds['resync']} |", flush=True)
            print(f"tables: {tables.source}; " + ", ".join(f"{number} {kind}" for kind, number in sorted(kinds.items())))
    finally:
        if options.keep:
            print("kept:", folder)
        else:
            shutil.rmtree(folder, ignore_errors=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
